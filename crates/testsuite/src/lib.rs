//! The proof of the whole product, from outside: `tests/e2e` runs the built programs as an establishment
//! and its providers do, against real SSH servers and clients. There is nothing to link here.
