from io import StringIO

from benchmarks.harness.steps import steps


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_for_each_step_before_it_is_taken() -> None:
    out, told = StringIO(), []
    for item in steps(["a", "b"], "round", out):
        told.append((item, out.getvalue().splitlines()[-1]))
    assert told == [("a", "round 1 of 2"), ("b", "round 2 of 2")]


def test_a_terminal_keeps_one_line_which_is_empty_in_the_end() -> None:
    out = Terminal()
    assert list(steps(range(3), "round", out)) == [0, 1, 2]
    assert "\n" not in out.getvalue()
    assert out.getvalue().split("\r")[-2].strip() == ""
