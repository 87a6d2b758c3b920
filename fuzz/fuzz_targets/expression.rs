//! Any text as an expression, a script or a template. The body is `offhook_tests::fuzz::expression`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    offhook_tests::fuzz::expression(data);
});
