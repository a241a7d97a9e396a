"""What a host starts Casebook with: every file is accepted by its reader, and names only what is there."""

from __future__ import annotations

import configparser
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit

import nginx
import pytest
import yaml
from conftest import ROOT
from test_docs import in_code, is_accepted, tables

from deploy.dockerfile import stages
from deploy.space import start
from deploy.try_dockerfile import Image
from runs.api.surfaces import SURFACES
from runs.exports.static_demo import library

DEPLOY = ROOT / "deploy"
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
DOCKERFILES = [DEPLOY / "Dockerfile", DEPLOY / "space/Dockerfile"]
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
STANDING_IN = {"STUDIO": "127.0.0.1:1", "DEMOS": "127.0.0.1:2", "OAUTH2_PROXY": "127.0.0.1:3", "PROXY_SECRET": "none"}
name_of = lambda path: str(path.relative_to(DEPLOY))  # noqa: E731
every_dockerfile = pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
every_unit = pytest.mark.parametrize("path", UNITS, ids=name_of)


def values(path):
    """Of a file of variables, name → value."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


# Containers


@every_dockerfile
def test_a_dockerfile_is_read_and_all_that_it_copies_and_runs_is_there(path, tmp_path):
    web, last = stages(path)
    settled(web, Image(tmp_path / "web", {}))
    for package, (_place, files) in library.FILES.items():  # what npm brings
        for file in (*files, "package.json", "LICENSE"):
            (tmp_path / "web/web/node_modules" / package / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "web/web/node_modules" / package / file).write_text(file)
    image = settled(last, Image(tmp_path / "root", {}, earlier={"web": tmp_path / "web"}))
    assert is_not_root(image.user) and image.environment["CASEBOOK_HOME"] == "/data"
    assert image.arguments["TORCH_INDEX"].endswith("/cpu")
    command = start.COMMAND if image.command == ("python", "start.py") else image.command
    is_accepted(list(command))
    compile(image.health[-1], "health", "exec")
    asked = urlsplit(re.search(r"urlopen\('([^']+)'", image.health[-1])[1])
    for surface in SURFACES.values():  # one image for both
        assert asked.path in {route.path for route in surface.routes}, surface.name
    copied = {path.relative_to(tmp_path / "root/app") for path in (tmp_path / "root/app").rglob("*") if path.is_file()}
    assert {"app.py", "runs", "requirements.txt", ".streamlit"} <= {path.parts[0] for path in copied}
    assert not [path for path in copied if path.suffix == ".pyc" or path.parts[0] in ("tests", "docs", ".git")]


def settled(stage, image):
    for one in stage.instructions:
        if one.name == "COPY":
            image.copy(one)  # raises where there is nothing
        elif one.name == "RUN":
            assert subprocess.run(["sh", "-n", "-c", one.text]).returncode == 0, one
        else:
            image.settle(one)
    return image


@every_dockerfile
def test_an_image_can_make_demos_that_need_no_server(path, tmp_path):
    """Their libraries come as `make web` brings them, to where they are looked for."""
    web, last = stages(path)
    brought = re.search(r"npm --prefix web (ci .*)", (ROOT / "Makefile").read_text("utf-8"))[1]
    assert f"RUN npm {brought}" in map(str, web.instructions)
    copied = {one.words[-1]: one for one in last.instructions if one.name == "COPY"}
    modules = library.MODULES.relative_to(ROOT).as_posix()
    assert copied[modules].options == {"from": "web"} and copied[modules].words[0] == "/web/node_modules"
    image = Image(tmp_path / "root", {})
    for name in ("web/page", "web/licences"):
        image.copy(copied[name])
        there = {file.relative_to(ROOT / name) for file in (ROOT / name).rglob("*") if file.is_file()}
        made = tmp_path / "root" / name
        assert {file.relative_to(made) for file in made.rglob("*") if file.is_file()} == there


def is_not_root(user):
    return user.rstrip(":") not in ("", "0", "root", "0:0")


def test_the_composed_services_name_files_variables_and_commands_that_are_there():
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    composed = yaml.safe_load(text)
    services = composed["services"]
    example = values(DEPLOY / "example.env")
    told = set(re.findall(r"\$\{(\w+)", text))
    assert told - example.keys() == {"DEVICE"} and example.keys() - told == {"COMPOSE_PROFILES"}
    assert example["COMPOSE_PROFILES"] in services["agent"]["profiles"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys(), name
        assert set(service["networks"]) <= composed["networks"].keys(), name
        assert service["restart"] == "unless-stopped", name
        if "command" in service:
            is_accepted(service["command"])
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        for volume in service["volumes"]:
            place = volume.partition(":")[0]
            assert place in composed["volumes"] or place.startswith("${") or (DEPLOY / place).is_file(), volume
    assert services["app"]["environment"]["CASEBOOK_LOGIN"] == "${CASEBOOK_LOGIN:-password}"
    proxy = services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert {services[name]["environment"]["CASEBOOK_PROXIES"] for name in ("app", "demos")} == {proxy}
    for variable, name in (("STUDIO", "app"), ("DEMOS", "demos")):
        address = services[name]["networks"]["inside"]["ipv4_address"]
        assert services["proxy"]["environment"][variable] == f"{address}:8501"


# A host


@every_unit
def test_a_unit_is_read_and_starts_what_is_there(path):
    unit = configparser.ConfigParser(interpolation=None, comment_prefixes="#", strict=False)
    unit.optionxform = str
    unit.read(path, "utf-8")
    assert unit.sections() == ["Unit", "Service", "Install"]
    service = unit["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program.startswith(f"{service['WorkingDirectory']}/.venv/bin/")
    is_accepted([program, *words])
    assert service["User"] == "casebook" and service["StateDirectory"] == "casebook"
    assert service["NoNewPrivileges"] == "yes" and service["ProtectSystem"] == "strict"
    assert (service.get("KillMode") == "process") == ("runs.agent" in words)  # runs outlast their agent alone
    assert "PrivateTmp" not in service and service["ReadWritePaths"] == "/tmp"
    documented = unit["Unit"]["Documentation"].removeprefix(f"file:{service['WorkingDirectory']}/")
    assert (ROOT / documented).is_file()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_knows_every_line_of_the_units():
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", *UNITS], capture_output=True, text=True).stderr
    ours = [line for line in told.splitlines() if "casebook" in line and "is not executable" not in line]
    assert ours == []


@pytest.mark.slow
def test_an_app_told_to_listen_everywhere_asks_for_a_way_to_log_in_and_nobody_outside_for_its_address(home):
    """Streamlit would ask a host on the internet under which address it is seen from there."""
    with socket.create_server(("127.0.0.1", 0)) as outside:
        way_out = f"http://127.0.0.1:{outside.getsockname()[1]}"
        told = subprocess.run(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "0"],
            cwd=ROOT, capture_output=True, text=True, timeout=120,
            env={**os.environ, "CASEBOOK_LOGIN": "", "LANG": "zh_CN.UTF-8", "CASEBOOK_LOG": "json",
                 "http_proxy": way_out, "https_proxy": way_out, "no_proxy": ""},
        )  # fmt: skip
        outside.settimeout(0)
        with pytest.raises(BlockingIOError):
            outside.accept()
    lines = [json.loads(line) for line in (told.stdout + told.stderr).splitlines() if line]
    assert all({"time", "level", "part", "logger", "message"} <= {*line} for line in lines)
    said = "\n".join(line["message"] for line in lines)
    assert told.returncode == 1 and "用户名和密码登录" in said and "Traceback" not in said
    assert all(f"CASEBOOK_LOGIN={way}" in said for way in ("password", "oidc", "header", "open"))
    assert "http://" not in said  # it is not there, so it does not say where


def test_nginx_accepts_its_configuration(tmp_path):
    for prefix, oauth2 in (("", False), ("/casebook", True)):
        assert nginx.Nginx(tmp_path / f"nginx{prefix}", oauth2=oauth2, PREFIX=prefix, **STANDING_IN).complaints() == ""


@pytest.mark.parametrize(("prefix", "status", "place"), [("", 502, None), ("/casebook", 302, "/casebook/")])
def test_the_bare_name_leads_below_the_path_where_there_is_one(tmp_path, prefix, status, place):
    with nginx.Nginx(tmp_path / "nginx", PREFIX=prefix, **STANDING_IN) as proxy:
        led = answered(proxy, nginx.STUDIO_NAME, proxy.port, "/?lang=zh")
        assert (led.status, led.headers["Location"]) == (status, place and f"https://{nginx.STUDIO_NAME}{place}")
        assert asked(proxy, nginx.STUDIO_NAME, proxy.port, f"{prefix}/runs") == 502
        assert asked(proxy, nginx.DEMOS_NAME, proxy.port, "/") == 502


LINK = "Zm9vYmFyYmF6cXV4LWFiY2RlZjAxMjM0"


def test_the_proxy_writes_down_no_secret_of_an_address_also_where_it_fails(tmp_path):
    """Nothing answers behind it, which its own log of errors would tell with the whole address."""
    sent = [f"/demo?t={LINK}", f"/account/invitation?i={LINK}", f"/_stcore/upload_file/{LINK}/1", f"/demo?t={LINK}?b",
            f"/api/backup?token={LINK}", f"/demo/?lang=zh&t={LINK}#x"]  # fmt: skip
    with nginx.Nginx(tmp_path / "nginx", PREFIX="", **STANDING_IN) as proxy:
        for name in (nginx.STUDIO_NAME, nginx.DEMOS_NAME):
            for port, status in ((proxy.plain_port, 301), (proxy.port, 502)):
                for path in sent:
                    assert asked(proxy, name, port, path) == status, path
    told = proxy.logged()  # of a proxy that has ended: it writes a line after the answer that it is about
    assert LINK not in told
    lines = [line for line in told.splitlines() if '"GET ' in line]
    assert len(lines) == 4 * len(sent)
    assert sum('"GET /demo HTTP/1.1" 502' in line for line in lines) == 4
    assert sum('"GET /_stcore/upload_file/*** HTTP/1.1" 502' in line for line in lines) == 2


def asked(proxy, name, port, path):
    """Status of the answer."""
    return answered(proxy, name, port, path).status


def answered(proxy, name, port, path):
    """The answer to a browser that came from a page whose address has a secret, too."""
    trusting = ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))
    with closing(http.client.HTTPSConnection(name, port, timeout=30) if port == proxy.port
                 else http.client.HTTPConnection(name, port, timeout=30)) as made:  # fmt: skip
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        made.sock = trusting.wrap_socket(plain, server_hostname=name) if port == proxy.port else plain
        made.request("GET", path, headers={"Host": name, "Referer": f"https://{name}/demo?t={LINK}"})
        return made.getresponse()


# All


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_holds_no_secret_and_names_variables_that_the_settings_tell_of(path):
    text = path.read_text("utf-8")
    documented = {in_code(row[0])[0] for row in tables((ROOT / "docs/settings.md").read_text("utf-8"))[3]}
    assert set(re.findall(r"\b(?:CASEBOOK|HF|DATABASE)_[A-Z_]+\b", text)) <= documented
    given = re.findall(r"^#?\w*(?:SECRET|PASSWORD)\w*=(.*)$", text, re.MULTILINE)
    assert not any(given), given
    assert not re.search(r"\b[0-9a-f]{24,}\b|-----BEGIN", text)
