"""The jobs of the Ray cluster: submitted, asked about and stopped by its Jobs REST API."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2

from models.errors import N_, InputError

ADDRESS, TOKEN = "CASEBOOK_RAY", "RAY_AUTH_TOKEN"  # environment; the token where the cluster asks for one
PATIENCE = 10.0  # seconds within which the cluster answers
SHORT = ("OutOfMemoryError", "out of memory", "memory pressure")  # words of Ray where it ended what took too much


class NoAnswer(Exception):
    """The cluster is away, or could not do what it was asked to just now."""


@dataclass(frozen=True)
class Job:
    """`status`: PENDING, RUNNING, SUCCEEDED, FAILED or STOPPED; LOST of one that the cluster does not know.
    `error`: the kind of failure as Ray calls it."""

    id: str
    status: str
    message: str = ""
    error: str = ""

    @property
    def waits(self) -> bool:
        return self.status == "PENDING"

    @property
    def over(self) -> bool:
        return self.status not in ("PENDING", "RUNNING")

    @property
    def never_began(self) -> bool:
        """Whether nothing had room for it for so long that Ray gave it up."""
        return self.error == "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether Ray says so; that it was killed is no proof."""
        return any(word in self.message for word in SHORT)


@dataclass(frozen=True)
class Wanted:
    """A command, its environment, and what Ray sets aside for its process before it starts it."""

    command: str
    environment: Mapping[str, str]
    cpus: float = 0
    gpus: float = 0


def address() -> str:
    """Of the cluster's dashboard, such as http://head:8265; empty where there is no cluster."""
    return os.environ.get(ADDRESS, "").strip().rstrip("/")


def dashboard(job: str = "") -> str:
    """Where people see the cluster, or a job of it; without the user and password that may stand in the address."""
    parts = urlsplit(address())
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return f"{bare}/#/jobs/{job}" if job else bare


def submit(identity: str, wanted: Wanted) -> None:
    """
    Raises:
        NoAnswer: it is not sure whether it was submitted.
        InputError: the cluster refuses it.
    """
    reserved = {"entrypoint_num_cpus": wanted.cpus, "entrypoint_num_gpus": wanted.gpus}
    asked = {
        "submission_id": identity, "entrypoint": wanted.command,
        "runtime_env": {"env_vars": dict(wanted.environment)},
        **{name: amount for name, amount in reserved.items() if amount},
    }  # fmt: skip
    ask("POST", "/api/jobs/", json=asked)


def find(identity: str) -> Job:
    """
    Raises:
        NoAnswer: the cluster is away.
    """
    told = ask("GET", f"/api/jobs/{identity}")
    if told is None:
        return Job(identity, "LOST")
    return Job(identity, told["status"], told.get("message") or "", told.get("error_type") or "")


def newest(beginning: str) -> str:
    """The id of the job that was submitted last of those whose ids begin so; empty where there is none.

    Raises:
        NoAnswer: the cluster is away.
    """
    told = [one for one in ask("GET", "/api/jobs/") or [] if (one.get("submission_id") or "").startswith(beginning)]
    return max(told, key=lambda one: one.get("start_time") or 0)["submission_id"] if told else ""


def stop(identity: str) -> None:
    """Have its processes ended, by force after some seconds."""
    ask("POST", f"/api/jobs/{identity}/stop")


def output(identity: str) -> str:
    """What its command wrote before it began to write into the log of its run."""
    return (ask("GET", f"/api/jobs/{identity}/logs") or {}).get("logs") or ""


def ask(method: str, path: str, patience: float = PATIENCE, **given: Any) -> Any:
    """The answer as JSON; None where there is no such thing.

    Raises:
        NoAnswer: nobody answers, or not as Ray does.
        InputError: what is asked is refused.
    """
    token = os.environ.get(TOKEN, "").strip()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx2.request(method, address() + path, headers=headers, timeout=patience, **given)
        if answer.status_code == 404:
            return None
        if 400 <= answer.status_code < 500:
            raise _refused(answer)
        return answer.raise_for_status().json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error


def _refused(answer: httpx2.Response) -> InputError:
    return InputError(
        found=N_("The Ray cluster refused the run ({cause})."),
        expected=N_("The cluster must accept jobs from this server."),
        remedy=N_("Ask whoever looks after the server to check CASEBOOK_RAY and RAY_AUTH_TOKEN."),
        cause=f"{answer.status_code} {answer.text.strip()[:200]}",
    )


def no_cluster() -> InputError:
    return InputError(
        found=N_("There is no Ray cluster to submit runs to."),
        expected=N_("CASEBOOK_RAY must name it, such as http://head:8265."),
        remedy=N_("Set CASEBOOK_RAY, or train on this machine."),
    )


def does_not_answer() -> InputError:
    return InputError(
        found=N_("The Ray cluster does not answer at {address}."),
        expected=N_("It must answer before a run is submitted."),
        remedy=N_("Start it, or correct CASEBOOK_RAY."),
        address=dashboard(),
    )
