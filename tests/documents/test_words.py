"""Documents, Descriptions, messages and docstrings use plain words: no riddles, no metaphors, no long sentences."""

from __future__ import annotations

import ast
import inspect
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.running import ROOT

# Word → what to write instead.
BANNED = {
    "whoever": "the client, the function, the caller",
    "whomever": "the client, the function, the caller",
    "nobody": "no client, no program, no rule",
    "somebody": "a user, a person",
    "anybody": "any user, any client",
    "everybody": "every user, all clients",
    "told": "sent, notified, written",
    "ours": "of this product",
    "theirs": "the name of the owner",
    "errand": "task, coroutine",
    "unhurried": "buffered",
    "door": "entry point",
    "doors": "entry points",
    "house": "product",
    "room": "space, package",
    "witness": "evidence",
    "for ever": "without limit, sustained",
    "come what may": "always",
    "no matter who": "every caller",
    "in order to": "to",
    "utilize": "use",
    "leverage": "use",
    "simply": "leave it out",
    "obviously": "leave it out",
    "basically": "leave it out",
    "whilst": "while",
    "see to it": "ensure",
    "is being": "the active voice: the subject first",
    "are being": "the active voice: the subject first",
    "was being": "the active voice: the subject first",
    "were being": "the active voice: the subject first",
}
WORDS = re.compile(rf"\b({'|'.join(map(re.escape, BANNED))})\b", re.IGNORECASE)
# "How to …" names a task; other openings hide the subject.
OPENING = re.compile(r"(What|Whatever|Who|Whoever|How(?! to\b)|Where|Wherever|Whether|Why)\b")
# A docstring says what its function does, so it does not give an order.
ORDERS = re.compile(
    r"(Answer|Begin|Call|Change|Check|Forget|Keep|Let|Listen|Make|Put|Raise|Remember|Remove|Return|Run|Send|Show|Start"
    r"|Stop|Take|Tell|Wait|Write)\b"
)
# Beginnings of docstrings that leave the verb out.
FRAGMENTS = re.compile(r"(As|By|If|In|It|Its|Once|This|To|True|False|Up|When|With|Without)\b")
MAX_WORDS = 25
# Of a whole sentence, with its parts after a colon or a semicolon.
MAX_WORDS_OF_PARTS = 30

DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "local_emulator").glob("*.md"),
        *(ROOT / "clients").glob("*/*.md"),
        *(ROOT / ".github").rglob("*.md"),
        *(ROOT / "tests").rglob("*.md"),
        *(ROOT / "clients" / "python" / "tests").rglob("*.md"),
    }
)
# A row of docs/emulator.md is a quoted rule with its source, and tests compare it: its words are not edited for style.
RULES = re.compile(r"^\| `[\w-]+` \| .*$", re.MULTILINE)
MESSAGES = [
    *(ROOT / "local_emulator" / "cli").glob("*.py"),
    ROOT / "local_emulator" / "__main__.py",
    ROOT / "local_emulator" / "template" / "unsupported.py",
    *(ROOT / "examples").glob("*.py"),
    *(ROOT / "clients" / "terminal").glob("*.py"),
]
PRODUCT = ("application", "bundle", "clients", "domain", "examples", "handlers", "infra", "local_emulator")


def of_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """Returns a document's text without code, targets of links and rules of the emulator."""
    text = RULES.sub("", path.read_text(encoding="utf-8")) if path.name == "emulator.md" else path.read_text("utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^(?: {4}|\t|\[[^\]]+\]: ).*$", "", text, flags=re.MULTILINE)
    return re.sub(r"\]\([^)\s]*\)", "]", re.sub(r"`[^`]*`", "`", text))


def faults(text: str) -> list[str]:
    return [found.lower() for found in WORDS.findall(text)]


def blocks(text: str) -> Iterator[str]:
    """Yields paragraphs, list items and cells of tables; headings hold no sentence."""
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text):
        if re.match(r"\s*\|", block):
            yield from re.split(r"(?<!\\)\||\n", block)
        elif not re.match(r"\s*[#<]", block):
            yield block.replace("\n", " ")


def sentences(text: str, ends: str) -> Iterator[str]:
    for block in blocks(text):
        yield from re.split(rf"(?<=[{ends}])[*_)\"”]*\s+", block)


def count_words(text: str) -> int:
    return len(re.findall(r"[\w'.-]+", text))


def long_sentences(text: str) -> list[str]:
    parts = [one for one in sentences(text, ends=".!?:;") if count_words(one) > MAX_WORDS]
    return parts + [one for one in sentences(text, ends=".!?") if count_words(one) > MAX_WORDS_OF_PARTS]


@pytest.mark.parametrize("path", DOCUMENTS, ids=of_root)
def test_a_document_has_no_banned_word_and_no_heading_that_hides_its_subject(path: Path) -> None:
    text = prose(path)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)

    assert not faults(text)
    assert not [one for one in headings if OPENING.match(one) and not one.endswith("?")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=of_root)
def test_the_sentences_of_a_document_are_short(path: Path) -> None:
    assert not long_sentences(prose(path))


def test_descriptions_and_comments_of_the_template_are_plain() -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    descriptions = re.findall(r"^ +(?:\w+)?Description: (?:>-\s+)?(.+)$", text, re.MULTILINE)

    assert len(descriptions) > 50
    assert not faults(text)
    assert not [one for one in descriptions if OPENING.match(one)]


def test_every_parameter_of_the_template_has_a_description() -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    parameters = text.split("\nParameters:\n")[1].split("\nRules:\n")[0]
    blocks = re.split(r"^  (?=\w)", parameters, flags=re.MULTILINE)[1:]

    assert len(blocks) > 30
    assert not [block.split(":")[0] for block in blocks if "    Description: " not in block]


def test_messages_of_make_are_plain() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = re.findall(r"^[a-z-]+:.*## (.+)$", text, re.MULTILINE)

    assert not faults(text)
    assert not [line for line in lines if OPENING.match(line) or len(line) > 100]


@pytest.mark.parametrize("path", MESSAGES, ids=of_root)
def test_messages_of_the_command_line_are_plain(path: Path) -> None:
    messages = [text for text in strings(path) if text not in set(docstrings(path))]

    assert not [text for text in messages if faults(text)]
    assert not [text for text in messages if OPENING.match(text) and " " in text]


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield inspect.cleandoc(node.value)


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield text


def product_modules() -> list[Path]:
    found = [path for top in PRODUCT for path in (ROOT / top).rglob("*.py")]
    modules = [path for path in found if not {"tests", "node_modules"} & set(path.parts)]
    assert len(modules) > 300
    return modules


def comments(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def comment_blocks(path: Path) -> list[str]:
    """Returns the comments on lines of their own; those on consecutive lines are one."""
    found = re.findall(r"^ *#.*(?:\n *#.*)*", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"\s*# ?", " ", block) for block in found]


def plain_docstring(text: str) -> str:
    """Returns a docstring without code, which stands between backticks or is indented."""
    return re.sub(r"`[^`]*`", "`", re.sub(r"^ {4}.*$", "", text, flags=re.MULTILINE))


def test_docstrings_of_the_product_are_plain() -> None:
    texts = [(of_root(path), text) for path in product_modules() for text in docstrings(path)]

    assert [(path, text) for path, text in texts if faults(text) or OPENING.match(text)] == []
    assert [(path, text) for path, text in texts if ORDERS.match(text) or FRAGMENTS.match(text)] == []
    assert [(path, one) for path, text in texts for one in long_sentences(plain_docstring(text))] == []


def test_comments_of_the_product_are_plain() -> None:
    texts = [(of_root(path), text) for path in product_modules() for text in comments(path)]
    joined = [(of_root(path), text) for path in product_modules() for text in comment_blocks(path)]

    assert [(path, text) for path, text in texts if faults(text)] == []
    assert [(path, one) for path, text in joined for one in long_sentences(plain_docstring(text))] == []
