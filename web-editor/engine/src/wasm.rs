//! The door for JavaScript: `alloc` a request, `call` it, read the answer, `free` both. Nothing else crosses, so no generator of bindings
//! is needed. A worker has one thread, and so one engine.
#![allow(unsafe_code, reason = "a browser hands over bytes by their address")]

use crate::Engine;
use std::cell::RefCell;

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::new(Engine::default());
}

/// Room for `length` bytes; given back by [`free`], or by [`call`] for the request that it takes.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast::<u8>()
}

/// Gives bytes back.
///
/// # Safety
/// `start` and `length` are those of one [`alloc`] or answer of [`call`], given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(start: *mut u8, length: usize) {
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, length)) });
}

/// Takes a request (UTF-8 JSON) and answers another address: its upper half is where the answer is, its lower half the length.
///
/// # Safety
/// `start` and `length` are those of one [`alloc`], which this gives back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn call(start: *mut u8, length: usize) -> u64 {
    let request = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, length)) };
    let request = String::from_utf8_lossy(&request);
    let answer = ENGINE.with(|engine| engine.borrow_mut().answer(&request));
    let bytes = answer.into_bytes().into_boxed_slice();
    let length = bytes.len() as u64;
    let start = Box::into_raw(bytes).cast::<u8>() as usize as u64;
    start << 32 | length
}
