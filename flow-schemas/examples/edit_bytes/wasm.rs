//! The edits of [`request`] behind a door that WebAssembly can open without other tools: bytes in, bytes out, for `tests/oracle`.
#![allow(unsafe_code, reason = "the only way in and out of WebAssembly without a generator")]

mod request;

/// Room for a request of `length` bytes. It is given back by [`answer`].
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    Box::leak(vec![0u8; length].into_boxed_slice()).as_mut_ptr()
}

/// Answers the request in a room of `length` bytes; the answer is its length (32 bits, little end first) and then its bytes, and leaks: the test
/// ends before that matters.
///
/// # Safety
/// `at` and `length` must be those of a room that was not used before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn answer(at: *mut u8, length: usize) -> *const u8 {
    // SAFETY: the caller hands in a room, which is a leaked slice of this length.
    let request = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(at, length)) };
    let answer = request::answer(&String::from_utf8_lossy(&request));
    let mut out = (answer.len() as u32).to_le_bytes().to_vec();
    out.extend(answer.as_bytes());
    Box::leak(out.into_boxed_slice()).as_ptr()
}
