"""How a bundle for texts is used, as its card tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import card

if TYPE_CHECKING:
    from cases.text_analysis.learner import TextItems

USE = """
    pip install torch transformers tokenizers safetensors numpy
    python predict.py "A text." letter.txt

Without torch, with `pip install onnxruntime tokenizers numpy`:

    import onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    how = {preprocessing}
    ids, mask = predict.tokens({{"tokenizer": predict.tokenizer(".", how), **how}}, ["A text."])   # (1, tokens) int64
    probabilities = session.run(None, {{"input_ids": ids, "attention_mask": mask}})[0]   # in the order of labels.json

`model.onnx` reads the weights of `body/model.safetensors`, so keep the two together. If you want it in one file:
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`.

Of a text longer than {most} tokens the model reads the beginning.
"""


def write(path: Path, items: TextItems, result: dict[str, Any]) -> None:
    use = USE.format(preprocessing=items.preprocessing, most=items.preprocessing["most"])
    card.write(path, items.ground, items.weights, result, items="texts", given="given", use=use)
