"""The picture that pages load so that something is counted: one transparent pixel, as GIF."""

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
