"""A text's vector says what it means, whatever stands beside it in a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, T5Config

from models.errors import InputError
from models.progress import QUIET, NullReporter, Stopped
from models.text import encoder, tokenizer

PAIRS = {
    "我把钥匙忘在办公室了。": "I left my keys at the office.",
    "明天下午可能会下大雨。": "It will probably rain heavily tomorrow afternoon.",
    "这家餐馆的鱼非常新鲜。": "The fish at this restaurant is very fresh.",
    "她去年开始学小提琴。": "She began to learn the violin last year.",
    "股市今天下跌了百分之三。": "The stock market fell by three percent today.",
    "请在五分钟后关掉烤箱。": "Please switch the oven off in five minutes.",
    "我们的航班晚点了两个小时。": "Our flight was two hours late.",
    "这本小说的结局让我失望。": "The ending of this novel disappointed me.",
    "医生建议他多喝水，早点睡觉。": "The doctor advised him to drink more water and go to bed earlier.",
    "手机充不进电，我想退货。": "The phone does not charge, I want to return it.",
}
PARAPHRASES = {
    "The cat sleeps on the sofa.": "A kitten is napping on the couch.",
    "How do I reset my password?": "I forgot my login and need a new one.",
    "The company reported record profits.": "Earnings of the firm were higher than ever.",
    "He was late because of a traffic jam.": "Heavy traffic delayed him.",
}


@pytest.fixture(scope="module")
def model(text_model):
    """A function from texts to vectors, by the id of a packaged model."""
    loaded = {}

    def vectors(identity, texts, *, bf16=False, report=QUIET):
        if identity not in loaded:
            folder = text_model(identity)
            loaded[identity] = encoder.load_body(folder), tokenizer.load(folder)
        return encoder.vectors(*loaded[identity], texts, bf16=bf16, report=report)

    return vectors


def cosines(left, right):
    """Of what the vectors say of the meaning."""
    left, right = map(encoder.meaning, (left, right))
    left, right = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (left, right))
    return left @ right.T


def test_a_sentence_is_nearest_to_its_translation(model):
    near = cosines(model("multilingual-e5-small", list(PAIRS)), model("multilingual-e5-small", list(PAIRS.values())))
    assert near.argmax(1).tolist() == near.argmax(0).tolist() == list(range(10))
    assert near.diagonal().min() > 0.85


def test_a_sentence_is_nearest_to_its_paraphrase(model):
    near = cosines(model("all-MiniLM-L6-v2", list(PARAPHRASES)), model("all-MiniLM-L6-v2", list(PARAPHRASES.values())))
    assert near.argmax(1).tolist() == near.argmax(0).tolist() == list(range(4))
    assert near.diagonal().min() > 2 * near[~np.eye(4, dtype=bool)].max()


@pytest.mark.parametrize("identity", ["multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_a_vector_does_not_depend_on_the_batch(model, identity):
    texts = ["short", "a somewhat longer text 比较长的文字", "", "word " * 100, "short"]
    together = model(identity, texts)
    alone = np.concatenate([model(identity, [text]) for text in texts])
    assert together.shape == (5, 768) and together.dtype == np.float32
    assert np.abs(together - alone).max() < 1e-5
    assert len({row.round(3).tobytes() for row in together}) == 4  # in order, so the first is the last


@pytest.mark.parametrize(("identity", "upper"), [("multilingual-e5-small", 6), ("all-MiniLM-L6-v2", 3)])
def test_the_second_half_is_of_the_upper_half_of_the_layers(text_model, model, identity, upper):
    folder, texts = text_model(identity), ["好吃！", "Not bad at all, but the film is far too long."]
    body, tokeniser = encoder.load_body(folder).eval(), tokenizer.load(folder)
    heard = []
    for layer in body.encoder.layer[-upper:]:
        layer.register_forward_hook(lambda _, __, out: heard.append(out[0] if isinstance(out, tuple) else out))
    batch = {name: torch.from_numpy(array) for name, array in tokeniser.padded(tokeniser.ids(texts)).items()}
    with torch.no_grad():
        body(**batch)
        wanted = encoder.mean(torch.stack(heard).mean(0), batch["attention_mask"])
    assert len(heard) == upper
    assert np.abs(model(identity, texts)[:, 384:] - wanted.numpy()).max() < 1e-5


def test_the_first_half_is_the_mean_over_the_tokens(text_model, model):
    from transformers import AutoModel, AutoTokenizer

    folder = text_model("multilingual-e5-small")
    read = AutoTokenizer.from_pretrained(folder)("query: 你好，world", return_tensors="pt")
    body = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.no_grad():
        states = body(**read).last_hidden_state[0]  # (tokens, width)
    found = encoder.meaning(model("multilingual-e5-small", ["你好，world"]))[0]
    assert np.abs(found - states.mean(0).numpy()).max() < 1e-5


def test_the_mean_leaves_out_what_fills_the_batch():
    states = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [90.0, 90.0]], [[5.0, 6.0], [70.0, 70.0], [70.0, 70.0]]])
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert encoder.mean(states, mask).tolist() == [[2.0, 3.0], [5.0, 6.0]]


def test_in_16_bits_it_is_nearly_the_same(model):
    texts = list(PAIRS)
    exact, quick = model("multilingual-e5-small", texts), model("multilingual-e5-small", texts, bf16=True)
    assert 0.999 < cosines(exact, quick).diagonal().min() < 1
    assert not np.array_equal(exact, quick)


def test_no_texts_have_no_vectors(model):
    assert model("all-MiniLM-L6-v2", []).shape == (0, 768)


def test_a_stop_is_heard_between_batches(model):
    class Stopping(NullReporter):
        def check(self):
            raise Stopped

    with pytest.raises(Stopped):
        model("all-MiniLM-L6-v2", ["a"], report=Stopping())


def refusal(folder):
    with pytest.raises(InputError) as caught:
        encoder.load_body(folder)
    told = str(caught.value)
    head, tail = (
        f"The model in “{folder.name}” could not be built (",
        ("). A text model from the transformers library is needed. Choose another model."),
    )
    assert told.startswith(head) and told.endswith(tail)
    return told.removeprefix(head).removesuffix(tail)


def test_a_model_that_reads_no_texts_is_refused(body, tmp_path):
    assert refusal(body) == "TimmWrapperModel does not turn a text into vectors"
    T5Config(vocab_size=9).save_pretrained(tmp_path)
    assert refusal(tmp_path) == "T5Model does not turn a text into vectors"


def test_a_model_that_cannot_be_built_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "perceptron_of_1958"}')
    assert "perceptron_of_1958" in refusal(tmp_path)
    BertConfig(num_hidden_layers=1).save_pretrained(tmp_path)
    assert "safetensors" in refusal(tmp_path)
    save_file({"embeddings.word_embeddings.weight": np.zeros((5, 4))}, tmp_path / "model.safetensors")
    assert "mismatch" in refusal(tmp_path)


def test_a_network_that_has_no_pooling_layer_is_loaded_as_well(tmp_path):
    tiny = DistilBertModel(DistilBertConfig(dim=8, n_layers=1, n_heads=2, hidden_dim=8, vocab_size=9)).half()
    tiny.save_pretrained(tmp_path)
    loaded = encoder.load_body(tmp_path)
    assert loaded.dtype == torch.float32
    assert all((mine == its.float()).all() for mine, its in zip(loaded.parameters(), tiny.parameters(), strict=True))


def test_blocks_go_from_the_text_on():
    bert = BertModel(BertConfig(hidden_size=8, num_hidden_layers=3, num_attention_heads=2, intermediate_size=8,
                                vocab_size=9), add_pooling_layer=False)  # fmt: skip
    distil = DistilBertModel(DistilBertConfig(dim=8, n_layers=2, n_heads=2, hidden_dim=8, vocab_size=9))
    for body, layers in ((bert, 3), (distil, 2)):
        blocks = encoder.block_names(body)
        assert [name for block in blocks for name in block] == [name for name, _ in body.named_parameters()]
        assert len(blocks) == 1 + layers
        assert all(name.startswith("embeddings.") for name in blocks[0])
        assert all(f".layer.{number}." in name for number, block in enumerate(blocks[1:]) for name in block)
