"""A dictionary that forgets what was not used for the longest time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lru(Generic[T]):
    """Values that weigh at most `size` together; each weighs 1 unless `weight` says otherwise."""

    def __init__(self, size: int, weight: Callable[[T], int] = lambda _: 1) -> None:
        self._size = size
        self._weight = weight
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._total = 0

    def get(self, key: Hashable) -> T | None:
        """The value, which counts as used now."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Hashable, value: T) -> None:
        """Remember the value."""
        self.drop(key)
        self._values[key] = value
        self._total += self._weight(value)
        while self._total > self._size:
            _, oldest = self._values.popitem(last=False)
            self._total -= self._weight(oldest)

    def drop_oldest_while(self, condition: Callable[[T], bool]) -> None:
        """Forget what was not used for the longest time, as long as that is so of each value."""
        while self._values and condition(next(iter(self._values.values()))):
            self.drop(next(iter(self._values)))

    def drop(self, key: Hashable) -> None:
        """Forget the value, if there is one."""
        dropped = self._values.pop(key, None)
        if dropped is not None:
            self._total -= self._weight(dropped)
