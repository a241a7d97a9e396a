"""How a bundle for sounds is used, as its card tells."""

from __future__ import annotations

CODE = """
    import predict
    model = predict.load_onnx(".")
    probabilities = predict.predict(model, ["recording.wav"])   # (recordings, classes), {order}
"""
USE = {
    "en": """
    pip install torch transformers soundfile soxr safetensors numpy
    python predict.py recording.wav

Without torch, with `pip install onnxruntime soundfile soxr numpy`, the same by
`python predict.py --onnx recording.wav`, or:
{code}
`model.onnx` reads weights of `body/model.safetensors`, so keep the two together. If you want it in one file:
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`.

Recordings may be WAV, FLAC, OGG or MP3 at any rate, mono or stereo. Of one that is longer than 30 seconds the model
hears the beginning.{standard}
""",
    "zh": """
    pip install torch transformers soundfile soxr safetensors numpy
    python predict.py recording.wav

不安装 torch 时，先运行 `pip install onnxruntime soundfile soxr numpy`，
再运行 `python predict.py --onnx recording.wav`，或者：
{code}
`model.onnx` 使用 `body/model.safetensors` 中的权重，请把两者放在一起。如需合并为一个文件：
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`。

录音可以是 WAV、FLAC、OGG 或 MP3，采样率不限，单声道或立体声均可。超过 30 秒的录音，模型只使用开头部分。{standard}
""",
}
STANDARD = {
    "en": """

The body also loads by itself, with the library transformers:
`{loader}.from_pretrained("body")`.
""",
    "zh": """

主干也可以用 transformers 库单独加载：
`{loader}.from_pretrained("body")`。
""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}
LOADERS = {
    "whisper": "from transformers.models.whisper.modeling_whisper import WhisperEncoder; WhisperEncoder",
    "ge2e_speaker_encoder": None,
}
ANY = "from transformers import AutoModel; AutoModel"


def use(kind: str) -> dict[str, str]:
    """See `cases.training.model_card.write`; `kind`: the model type that the body's config.json names."""
    loader = LOADERS.get(kind, ANY)
    return {
        language: text.format(code=CODE.format(order=ORDER[language]),
                              standard=STANDARD[language].format(loader=loader).rstrip() if loader else "")
        for language, text in USE.items()
    }  # fmt: skip
