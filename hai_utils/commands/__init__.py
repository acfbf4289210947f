"""One module a command; `hai_utils.cli` only wires them."""
