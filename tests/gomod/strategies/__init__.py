"""What hypothesis makes: valid, nearly valid and hostile input, one kind a module."""
