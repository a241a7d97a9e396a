"""Learning from few texts as SetFit does it untouched; run by the interpreter that has SetFit, not by Casebook's.

Tunstall et al. 2022, "Efficient Few-Shot Learning Without Prompts": pairs of texts of the same and of different classes
move the whole encoder, a logistic regression on its vectors follows. Speaks JSON: see `main`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def main(spec: dict[str, Any]) -> dict[str, Any]:
    """`spec`: learnt and test, each with texts and labels, weights, prefix, iterations, batch, seed, home."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, models
    from setfit import SetFitModel, Trainer, TrainingArguments

    began = time.monotonic()
    words = models.Transformer(spec["weights"], max_seq_length=128)
    body = SentenceTransformer(modules=[words, models.Pooling(words.get_word_embedding_dimension())], device="cpu")
    body.save(f"{spec['home']}/body")
    model = SetFitModel.from_pretrained(f"{spec['home']}/body")
    parts = {part: [spec["prefix"] + text for text in spec[part]["texts"]] for part in ("learnt", "test")}
    learnt = Dataset.from_dict({"text": parts["learnt"], "label": spec["learnt"]["labels"]})
    arguments = TrainingArguments(output_dir=f"{spec['home']}/out", batch_size=spec["batch"], num_epochs=1,
                                  num_iterations=spec["iterations"], seed=spec["seed"], report_to="none",
                                  save_strategy="no", show_progress_bar=False)  # fmt: skip
    Trainer(model=model, args=arguments, train_dataset=learnt).train()
    seconds = time.monotonic() - began
    told = np.asarray(model.predict(parts["test"], show_progress_bar=False))
    return {"seconds": seconds, "kept": 100 * float((told == np.array(spec["test"]["labels"])).mean())}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
