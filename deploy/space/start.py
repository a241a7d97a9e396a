"""Start Casebook in a Space of the Hugging Face Hub, which says in its environment where it is."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

SECRETS = Path("/tmp/secrets.toml")  # of this container alone, and gone with it
COMMAND = ("streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "8501")


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What the app finds: what the owner of the Space has set, and for the rest what follows from where it runs."""
    host = given.get("SPACE_HOST", "localhost:8501")
    usual = {
        "CASEBOOK_LOGIN": "password", "CASEBOOK_URL": f"https://{host}", "CASEBOOK_ALLOWED_HOSTS": host,
        "CASEBOOK_PROXIES": "10.0.0.0/8",  # from where the Hub's proxy comes; nobody else reaches the port
    }  # fmt: skip
    return {**usual, **{name: value for name, value in given.items() if value}}


def secrets(given: Mapping[str, str]) -> str:
    """The secrets.toml for logging in with an account of the Hub; `hf_oauth` in README.md makes it tell what stands in.

    Raises:
        SystemExit: something is missing.
    """
    if not given.get("OAUTH_CLIENT_SECRET"):
        raise SystemExit("error: CASEBOOK_LOGIN=oidc needs “hf_oauth: true” in the README.md of the Space.")
    if not given.get("CASEBOOK_PEOPLE"):
        raise SystemExit("error: CASEBOOK_LOGIN=oidc needs CASEBOOK_PEOPLE, else whoever has an account may come in.")
    values = {
        "redirect_uri": f"{given['CASEBOOK_URL']}/oauth2callback",
        "cookie_secret": hashlib.sha256(f"cookie\0{given['OAUTH_CLIENT_SECRET']}".encode()).hexdigest(),
        "client_id": given["OAUTH_CLIENT_ID"],
        "client_secret": given["OAUTH_CLIENT_SECRET"],
        "server_metadata_url": f"{given['OPENID_PROVIDER_URL'].rstrip('/')}/.well-known/openid-configuration",
    }
    return "[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def main() -> None:
    found, options = environment(os.environ), []
    if found["CASEBOOK_LOGIN"] == "oidc":
        with open(os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets(found))
        options = ["--secrets.files", str(SECRETS)]
    sys.stdout.flush()
    os.execvpe(COMMAND[0], [*COMMAND, *options], found)


if __name__ == "__main__":
    main()
