//! Any bytes as a file of talks. The body is `offhook_tests::fuzz::talks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    offhook_tests::fuzz::talks(data);
});
