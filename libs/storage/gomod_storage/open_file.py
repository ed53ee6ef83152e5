"""An open file that ends with the last who has it."""

from io import FileIO


class OpenFile(FileIO):
    """Closes itself, without complaint, when nobody has it any more: a stream that nobody began leaks nothing."""

    def __del__(self) -> None:
        self.close()
