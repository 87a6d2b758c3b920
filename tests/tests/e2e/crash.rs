//! `kill -9`, again and again, while people chat: nothing that was taken is lost, and nothing is said twice.

use offhook_tests::chat::{Visitor, spoken};
use offhook_tests::server::Place;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Conversations at one time.
const VISITORS: usize = 50;

/// How often the server is killed.
const KILLS: usize = 8;

/// Nobody waits longer for a message to be taken; this ends a test whose server does not come back.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends one message until the server has taken it, whatever happens in between.
fn insist(visitor: &Visitor, client_id: &str, text: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        match visitor.send(client_id, json!({ "text": text })) {
            Ok(answer) if answer.status == 202 => return,
            // Refused is not taken; an answer that nobody heard may or may not be. Both are sent again.
            Ok(answer) => assert!(answer.status >= 500 || answer.status == 429, "{} {}", answer.status, answer.text),
            Err(_) => {}
        }
        assert!(Instant::now() < until, "{client_id} is not taken");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn nothing_is_lost_or_repeated_when_the_server_is_killed() {
    let place = Place::new();
    let mut server = place.serve();
    let (http, sip) = (server.http, server.sip);
    let visitors: Vec<Visitor> = (0..VISITORS).map(|who| Visitor::new(&server, "parrot", &format!("v{who}"))).collect();
    let over = AtomicBool::new(false);
    let taken = AtomicUsize::new(0);
    let sent: Vec<usize> = std::thread::scope(|scope| {
        let chats: Vec<_> = visitors
            .iter()
            .map(|visitor| {
                scope.spawn(|| {
                    let mut number = 0;
                    while !over.load(Ordering::Relaxed) {
                        insist(visitor, &format!("m{number}"), &format!("message {number}"));
                        number += 1;
                        taken.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    number
                })
            })
            .collect();
        for _ in 0..KILLS {
            // In the middle of the work: after some more messages have been taken.
            let before = taken.load(Ordering::Relaxed);
            offhook_tests::eventually("messages to be taken", PATIENCE, || {
                (taken.load(Ordering::Relaxed) > before + 2 * VISITORS).then_some(())
            });
            server.kill();
            server = place.serve_at(http, sip);
        }
        over.store(true, Ordering::Relaxed);
        chats.into_iter().map(|chat| chat.join().expect("every message was taken in the end")).collect()
    });

    let (mut lost, mut repeated) = (Vec::new(), Vec::new());
    for (visitor, sent) in visitors.iter().zip(&sent) {
        let (mut own, mut replies) = (Vec::new(), Vec::new());
        let mut after = 0;
        loop {
            let page = visitor.messages(after, 0).expect("the server answers").ok();
            let messages = page["messages"].as_array().expect("a page has messages").clone();
            for message in &messages {
                match message["client_id"].as_str() {
                    Some(id) => own.push(id.to_owned()),
                    None => replies.push(spoken(message)),
                }
            }
            after = page["cursor"].as_u64().expect("a page has a cursor");
            if messages.is_empty() {
                break;
            }
        }
        for number in 0..*sent {
            let (id, reply) = (format!("m{number}"), format!("You said: message {number}"));
            for count in
                [own.iter().filter(|own| **own == id).count(), replies.iter().filter(|said| **said == reply).count()]
            {
                match count {
                    0 => lost.push(format!("{} {id}", visitor.id)),
                    1 => {}
                    _ => repeated.push(format!("{} {id}", visitor.id)),
                }
            }
        }
        assert_eq!(own.len(), *sent, "{}: {own:?}", visitor.id);
        assert!(!server.replayed(&visitor.id).is_empty());
    }
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(repeated.is_empty(), "repeated: {repeated:?}");
    assert!(sent.iter().sum::<usize>() > KILLS * 2 * VISITORS, "{sent:?}");
    server.stop();
}
