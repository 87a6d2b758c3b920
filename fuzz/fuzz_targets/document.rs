//! Any bytes as a flow, texts and places. The body is `offhook_tests::fuzz::document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    offhook_tests::fuzz::document(data);
});
