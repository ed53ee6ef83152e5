"""An upstream that is out of reach is left alone, and asked again soon."""

from gomod_proxy.breaker import FAILURES, FIRST_PAUSE, LAST_PAUSE, Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.lets_through()
        breaker.failed()
    return breaker


def test_it_takes_several_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed()
        breaker.reached()
    assert breaker.lets_through()


def test_after_a_pause_one_may_try_and_the_others_wait_for_it() -> None:
    clock = Clock()
    breaker = broken(clock)
    assert not breaker.lets_through()
    clock.now += FIRST_PAUSE
    assert breaker.lets_through()
    assert not breaker.lets_through()
    breaker.reached()
    assert breaker.lets_through()
    assert breaker.lets_through()


def test_pauses_grow_to_a_limit() -> None:
    clock = Clock()
    breaker = broken(clock)
    pauses = []
    for _ in range(8):
        begun = clock.now
        while not breaker.lets_through():
            clock.now += 0.5
        pauses.append(clock.now - begun)
        breaker.failed()
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert pauses[-1] == LAST_PAUSE


def test_failures_of_one_moment_are_one() -> None:
    # Fifty requests that were on their way when upstream went away know no more than five.
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(50):
        assert breaker.lets_through()
    for _ in range(50):
        breaker.failed()
    clock.now += FIRST_PAUSE
    assert breaker.lets_through()
    for _ in range(20):
        breaker.failed()  # the one that tried, and late ones
    clock.now += 2 * FIRST_PAUSE
    assert breaker.lets_through()
