//! Any bytes as events of a conversation. The body is `offhook_tests::fuzz::conversation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    offhook_tests::fuzz::conversation(data);
});
