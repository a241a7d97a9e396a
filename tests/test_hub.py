"""Models are downloaded from the hub once, as they were published, or it is said why not."""

from __future__ import annotations

import socket
import time

import pytest
from hub_server import COMMIT, refusal

from models.pretrained import catalog, hub
from models.progress import QUIET
from models.text import encoder, tokenizer


def test_a_hub_model_is_downloaded_without_its_pickle(hub_server, tiny_resnet, tmp_path):
    import timm

    hub_server.models["owner/tiny"] = tiny_resnet
    assert not hub.is_here("owner/tiny", tmp_path / "cache" / "hub")
    folder = catalog.folder("owner/tiny", tmp_path / "cache")
    assert hub.is_here("owner/tiny@main", tmp_path / "cache" / "hub")
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (tmp_path / "cache" / "hub") in folder.parents
    assert catalog.digest(folder) == catalog.digest(tiny_resnet)
    timm.create_model(f"local-dir:{folder}", pretrained=True)


def test_an_encoder_of_texts_comes_with_its_tokenizer_and_reads_as_it_does_in_its_folder(
    hub_server, text_body, tmp_path
):
    hub_server.models["owner/reader"] = text_body
    folder = catalog.folder("owner/reader", tmp_path / "cache", "text")
    read = [encoder.vectors(encoder.load_body(place), tokenizer.load(place), ["moss and rust", "苔藓"], bf16=False,
                            report=QUIET) for place in (folder, text_body)]  # fmt: skip
    assert (tmp_path / "cache" / "hub") in folder.parents and read[0].shape == (2, 64)
    assert (read[0] == read[1]).all()


def test_a_revision_can_be_named(hub_server, tiny_resnet, tmp_path):
    hub_server.models["owner/tiny"] = tiny_resnet
    assert catalog.folder(f"owner/tiny@{COMMIT}", tmp_path).name == COMMIT
    assert refusal("owner/tiny@v9", tmp_path) == (
        "“owner/tiny” has no revision “v9”. A revision is a branch, a tag or a commit of the model. Take one from the "
        "model’s page, or omit it to use the newest."
    )


def test_a_downloaded_model_needs_the_hub_no_more(hub_server, tiny_resnet, tmp_path, monkeypatch):
    hub_server.models["owner/tiny"] = tiny_resnet
    folder = catalog.folder("owner/tiny", tmp_path)
    asked = len(hub_server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert not [path for path in hub_server.asked[asked:] if "resolve" in path]

    hub_server.models["owner/tiny"] = (503, {})
    assert catalog.folder("owner/tiny", tmp_path) == folder
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(hub_server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert len(hub_server.asked) == asked


def test_offline_nothing_is_asked(hub_server, tiny_resnet, tmp_path, monkeypatch):
    hub_server.models["owner/tiny"] = tiny_resnet
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refusal("owner/tiny", tmp_path) == (
        "“owner/tiny” (main) is not on this machine, and HF_HUB_OFFLINE forbids downloading it. A Hub model is "
        "downloaded once, over the network. Unset HF_HUB_OFFLINE, or choose a local model."
    )
    assert hub_server.asked == []


def test_an_unknown_id_is_named(hub_server, tmp_path):
    assert refusal("owner/unknown", tmp_path) == (
        f"{hub_server.url} has no public model “owner/unknown”. A Hub ID is owner/name, as on the model’s page. Check "
        "the spelling; for a private model, set HF_TOKEN to a token with read access."
    )


@pytest.mark.parametrize("late", [True, False])
def test_a_model_with_terms_says_where_to_accept_them(late, hub_server, tiny_resnet, tmp_path):
    gated = (403, {"X-Error-Code": "GatedRepo"})
    hub_server.models["owner/gated"] = tiny_resnet if late else gated
    hub_server.downloads["owner/gated"] = gated
    assert refusal("owner/gated", tmp_path) == (
        "“owner/gated” requires accepting its terms. "
        "The Hub needs the token of an account that accepted them. "
        f"Accept the terms on {hub_server.url}/owner/gated and set HF_TOKEN to your token."
    )


def test_a_hub_in_trouble_is_said_to_be(hub_server, tmp_path):
    hub_server.models["owner/tiny"] = (503, {})
    assert refusal("owner/tiny", tmp_path) == (
        f"{hub_server.url} answered with the error 503. The Hub must list the files of “owner/tiny”. "
        "Try again later, or set HF_ENDPOINT to a mirror of the Hub."
    )


def test_a_page_that_is_no_hub_is_said_to_be(hub_server, tmp_path):
    hub_server.models["owner/tiny"] = (200, {"Content-Length": "5"})
    assert refusal("owner/tiny", tmp_path) == (
        f"{hub_server.url} does not respond like a model hub. "
        "HF_ENDPOINT must be the address of the Hugging Face Hub or a mirror. "
        "Correct HF_ENDPOINT, or log in to the network, then try again."
    )


def test_a_hub_model_of_pickles_is_refused_before_it_is_downloaded(hub_server, tiny_resnet, tmp_path):
    (tiny_resnet / "model.safetensors").unlink()
    hub_server.models["owner/tiny"] = tiny_resnet
    assert refusal("owner/tiny", tmp_path) == (
        "“owner/tiny” has its weights only as pickle: pytorch_model.bin. Weights are read from safetensors files only, "
        "since a pickle can run arbitrary code. Save the model again as safetensors, or choose a model that has them."
    )
    assert len(hub_server.asked) == 1


def unreachable(endpoint):
    return (
        f"“owner/tiny” (main) is not on this machine, and {endpoint} cannot be reached. A Hub model is downloaded "
        "once, over the network. Check the network, set HF_ENDPOINT to a reachable mirror, or choose a local model."
    )


def test_a_refused_connection_is_answered_at_once(tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        started = time.monotonic()
        assert refusal("owner/tiny", tmp_path) == unreachable(endpoint)
    assert time.monotonic() - started < 5


def test_a_hub_that_says_nothing_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        assert refusal("owner/tiny", tmp_path) == unreachable(endpoint)


def test_an_address_without_scheme_is_not_reached(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "hub.example")
    assert refusal("owner/tiny", tmp_path) == unreachable("hub.example")


def test_a_download_that_breaks_off_says_so_and_is_taken_up_again(hub_server, tiny_resnet, tmp_path):
    hub_server.models["owner/tiny"] = tiny_resnet
    hub_server.downloads["owner/tiny"] = (404, {"X-Error-Code": "EntryNotFound"})
    message = refusal("owner/tiny", tmp_path)
    before, cause, after = message.partition("(")[0], message[message.index("(") :], message[message.index("). ") :]
    assert before == f"The download of “owner/tiny” from {hub_server.url} was interrupted "
    assert cause.startswith("(404 Client Error. Entry Not Found for url: ")  # the words of huggingface_hub
    assert after == (
        "). All files of the model must be downloaded. Try again: downloaded files are kept. With a mirror, set "
        "HF_HUB_DISABLE_XET=1, or large files may bypass it."
    )
    hub_server.downloads.clear()
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny_resnet)
