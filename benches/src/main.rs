//! Measures the house against a floor.
fn main() {}
