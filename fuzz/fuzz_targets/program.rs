//! Any bytes as a flow of random nodes and a conversation with it. The body is `offhook_tests::fuzz::program`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    drop(offhook_tests::fuzz::program(data));
});
