"""State machines as data, one module each, in Amazon States Language with JSONata."""
