"""The smoke test's results for CI systems, in the XML that JUnit made common."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

from gomod_publish.smoke.checklist import Result

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(results: Sequence[Result], path: Path) -> None:
    """Write the file, and the folder that it is in, with a test case for each check. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    suite = Element(
        "testsuite",
        name="gomod-publish smoke",
        tests=str(len(results)),
        failures=str(sum(not each.passed for each in results)),
        errors="0",
        time=f"{sum(each.seconds for each in results):.3f}",
    )
    for each in results:
        case = SubElement(
            suite, "testcase", classname="gomod-publish.smoke", name=_text(each.name), time=f"{each.seconds:.3f}"
        )
        if each.passed:
            SubElement(case, "system-out").text = _text(each.said)
        else:
            failure = SubElement(case, "failure", message=_text(each.said.partition("\n")[0]))
            failure.text = _text(f"{each.said}\nwhat to do: {each.section.link}")
    ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _text(text: str) -> str:
    """Without what XML can't say: a program's complaints may hold anything."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
