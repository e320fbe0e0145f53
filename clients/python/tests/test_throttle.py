from upload_progress_reporter.throttle import is_due


def test_half_a_second_is_enough() -> None:
    assert is_due(0.5, 0.0)
    assert not is_due(0.49, 0.99)


def test_one_percent_is_enough_after_a_tenth_of_a_second() -> None:
    assert is_due(0.1, 1.0)
    assert not is_due(0.09, 50.0)


def test_who_is_nearly_due_rides_along() -> None:
    assert is_due(0.4, 0.0, riding=True)
    assert not is_due(0.39, 0.0, riding=True)


def test_a_longer_wait_holds_against_percents_and_company() -> None:
    assert not is_due(4.9, 50.0, riding=True, min_seconds=5.0)
    assert is_due(5.0, 0.0, min_seconds=5.0)
