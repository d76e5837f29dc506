"""Sums the tests in a CTest JUnit file: prints what failed, then `PASSED FAILED SKIPPED`.

One CTest test may hold many: lit, GoogleTest and our own programs say how many they ran, and each of those counts.
"""

import re
import sys
import xml.etree.ElementTree as xml


def lit_count(text: str) -> tuple[int, int, int] | None:
    found = dict(re.findall(r"^ +([A-Z][A-Za-z ]*?) *: +(\d+) \(\d", text, re.M))
    if not found:
        return None
    count = lambda *names: sum(int(found.get(name, 0)) for name in names)  # noqa: E731
    return (
        count("Passed", "Passed With Retry", "Expectedly Failed"),
        count("Failed", "Unexpectedly Passed", "Unresolved", "Timed Out"),
        count("Unsupported", "Skipped", "Excluded"),
    )


def gtest_count(text: str) -> tuple[int, int, int] | None:
    found = {
        word: int(number) for word, number in re.findall(r"^\[ +(PASSED|SKIPPED|FAILED) +\] (\d+) tests?", text, re.M)
    }
    return (found.get("PASSED", 0), found.get("FAILED", 0), found.get("SKIPPED", 0)) if found else None


def unittest_count(text: str) -> tuple[int, int, int] | None:
    found = re.search(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED)(?: \((.*)\))?$", text, re.M)
    if not found:
        return None
    said = {word: int(number) for word, number in re.findall(r"([a-z ]+)=(\d+)", found[2] or "")}
    skipped = said.get("skipped", 0)
    failed = said.get("failures", 0) + said.get("errors", 0) + said.get("unexpected successes", 0)
    return (max(0, int(found[1]) - failed - skipped), failed, skipped)


def plain_count(text: str) -> tuple[int, int, int] | None:
    found = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", text, re.M)
    return tuple(map(sum, zip(*([int(n or 0) for n in row] for row in found)))) if found else None


def count(case: xml.Element) -> tuple[int, int, int]:
    text = case.findtext("system-out") or ""
    failed = case.get("status") == "fail"
    inner = lit_count(text) or gtest_count(text) or unittest_count(text) or plain_count(text)
    if inner and (inner[1] > 0) == failed:
        return inner
    if failed:  # a program that crashed before it could count, or never did
        return (inner[0] if inner else 0, 1, 0)
    if case.get("status") == "notrun":  # a test that asked to be skipped, or a program that was not built
        reason = case.find("skipped")
        asked = reason is not None and reason.get("message", "").startswith("SKIP_")
        return (0, 0, 1) if asked else (0, 1, 0)
    return (0, 0, 1) if case.get("status") == "disabled" else (1, 0, 0)


def main() -> None:
    totals = (0, 0, 0)
    for case in xml.parse(sys.argv[1]).getroot().iter("testcase"):
        one = count(case)
        totals = tuple(map(sum, zip(totals, one)))
        if one[1]:
            print(f"  failed: {case.get('name')} ({one[1]} of {sum(one)})", file=sys.stderr)
    print(*totals)


if __name__ == "__main__":
    main()
