"""An explanation in words, and as a document."""

from collections.abc import Iterator

from gomod_admin.explain import KINDS, Explanation


def lines(explanation: Explanation) -> Iterator[tuple[str, str]]:
    """(what is told, the telling) for people."""
    yield "ours", f"yes, below {explanation.own_prefix}" if explanation.own_prefix else "no, a public module"
    yield "policy", _policy(explanation)
    yield "stored", _stored(explanation)
    yield "upstreams", _upstreams(explanation)
    for kind, answer in explanation.answers.items():
        yield f".{kind}", " ".join(filter(None, [str(answer.status), answer.cache, answer.text]))
    yield "status", str(explanation.status)


def document(explanation: Explanation) -> dict[str, object]:
    """The same for a machine."""
    rule, cooldown = explanation.rule, explanation.cooldown
    return {
        "module": explanation.module.path,
        "version": explanation.module.version,
        "ours": explanation.own_prefix is not None,
        "policy_file": str(explanation.policy_file) if explanation.policy_file else None,
        "rule": {"line": rule.line, "text": rule.text, "serves": rule.serves} if rule else None,
        "cooldown": {"line": cooldown.line, "text": cooldown.text} if cooldown else None,
        "stored": [kind for kind in KINDS if kind in explanation.stored],
        "upstreams": list(explanation.upstreams),
        "answers": {
            kind: {"status": answer.status, "cache": answer.cache, "text": answer.text}
            for kind, answer in explanation.answers.items()
        },
        "status": explanation.status,
    }


def _policy(explanation: Explanation) -> str:
    if explanation.policy_file is None:
        return "none (GOMOD_POLICY_FILE is not set): everything may be served"
    rule = explanation.rule
    told = [f"{explanation.policy_file}: no line decides, so it may be served"]
    if rule is not None:
        told = [f"{explanation.policy_file}:{rule.line}: `{rule.text}` {'serves' if rule.serves else 'refuses'} it"]
    if explanation.cooldown is not None:
        told.append(f"line {explanation.cooldown.line}: `{explanation.cooldown.text}` lets it wait until it is so old")
    return "; ".join(told)


def _stored(explanation: Explanation) -> str:
    files = [f".{kind}" for kind in KINDS if kind in explanation.stored]
    if len(files) == len(KINDS):
        return "yes, whole"
    return f"its {' and '.join(files)} alone" if files else "no"


def _upstreams(explanation: Explanation) -> str:
    if not explanation.upstreams:
        return "none is ever asked for it"
    asked = ", then ".join(explanation.upstreams)
    return f"not asked, it is stored; else {asked}" if len(explanation.stored) == len(KINDS) else asked
