"""What the registry's refusals mean: problem documents (RFC 9457) read so that a publisher can act on them."""

import json
from http import HTTPStatus

import httpx

from gomod.errors import AlreadyExists, RegistryError, Violation
from gomod.module import ModuleVersion
from gomod_publish.errors import Refused
from gomod_publish.settings import REGISTRY_TOKEN, REGISTRY_URL


def refusal(response: httpx.Response, module: ModuleVersion, offered_h1: str) -> RegistryError:
    """The error that an answer of 3xx or 4xx stands for."""
    problem = _problem(response)
    said = str(problem.get("detail") or response.text.strip() or response.reason_phrase)
    if response.status_code == HTTPStatus.CONFLICT:
        stored_h1 = str(problem.get("stored_h1", ""))
        return AlreadyExists(
            f"{module} is published already with other content, and a version never changes:"
            f" the registry has {stored_h1 or 'another hash'}, you have {offered_h1}."
            " Publish the new content as a new version: a new tag, or a new commit",
            stored_h1=stored_h1,
            offered_h1=offered_h1,
        )
    return Refused(
        f"{module} was refused ({response.status_code}): {said}{_cure(response)}", violations=_violations(problem)
    )


def _cure(response: httpx.Response) -> str:
    if response.is_redirect:
        return f" (redirected to {response.headers.get('Location', '')}: put the final URL into {REGISTRY_URL})"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return f" (is {REGISTRY_TOKEN} the token of this registry, and not expired?)"
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return f" (is {REGISTRY_URL} the registry's public address?)"
    return ""


def _problem(response: httpx.Response) -> dict[str, object]:
    """The problem document; empty when something between us and the registry answered."""
    if response.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
        return {}
    try:
        document = json.loads(response.content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _violations(problem: dict[str, object]) -> tuple[Violation, ...]:
    listed = problem.get("violations")
    if not isinstance(listed, list):
        return ()
    return tuple(
        Violation(str(each.get("code", "")), str(each.get("message", ""))) for each in listed if isinstance(each, dict)
    )
