import threading

from upload_progress_reporter.tally import Tally


def test_deltas_of_many_threads_all_count() -> None:
    tally = Tally()

    def work() -> None:
        for _ in range(5_000):
            tally.add(3)
            tally.add(-1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally.value == 8 * 5_000 * 2


def test_a_signal_handler_may_add_while_its_thread_stands_inside() -> None:
    tally = Tally()
    adding = threading.Thread(target=lambda: add_inside(tally), daemon=True)
    adding.start()
    adding.join(5)
    assert tally.value == 1


def add_inside(tally: Tally) -> None:
    with tally._lock:
        tally.add(1)


def test_a_lock_held_by_another_thread_does_not_survive_a_fork() -> None:
    tally = Tally()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with tally._lock:
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    tally.after_fork()
    tally.add(1)
    done.set()
    holder.join()
    assert tally.value == 1
