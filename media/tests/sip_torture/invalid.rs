//! RFC 4475 §3.1.2: invalid messages.

use super::{Answer, Called, Row, SDP, SDP_LEN, SDP_X, Silent, row};

pub fn invalid() -> Vec<Row> {
    let invite = |extra: &str| {
        format!(
            "
INVITE sip:user@example.com SIP/2.0
Max-Forwards: 80
To: sip:j.user@example.com
From: sip:caller@example.net;tag=93942939o2
Contact: <sip:caller@hungry.example.net>
{extra}"
        )
    };
    let options = |line: &str, id: &str, cseq: &str, from_to: &str| {
        format!(
            "
{line}
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdju{id}
Max-Forwards: 70
{from_to}
Call-ID: {id}.23o1joj3
CSeq: {cseq}
l: 0

"
        )
    };
    const PEOPLE: &str = "To: sip:j.user@example.com\nFrom: sip:caller@example.net;tag=323";
    vec![
        row(
            "badinv01",
            "3.1.2.1",
            Answer(400),
            "empty parameters in Via and Contact",
            &format!(
                "
INVITE sip:user@example.com SIP/2.0
To: sip:j.user@example.com
From: sip:caller@example.net;tag=134161461246
Max-Forwards: 7
Call-ID: badinv01.0ha0isndaksdjasdf3234nas
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;;,;,,
Contact: \"Joe\" <sip:joe@example.org>;;;;
Content-Length: {SDP_LEN}
Content-Type: application/sdp

{SDP}"
            ),
        ),
        row(
            "clerr",
            "3.1.2.2",
            Answer(400),
            "a datagram cannot be longer than it is",
            &format!(
                "{}Call-ID: clerr.0ha0isndaksdjweiafasdk3
CSeq: 8 INVITE
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bK-39234-23523
Content-Type: application/sdp
Content-Length: 9999

{SDP_X}",
                invite("")
            ),
        ),
        row(
            "ncl",
            "3.1.2.3",
            Answer(400),
            "a length cannot be negative",
            &format!(
                "{}Call-ID: ncl.0ha0isndaksdj2193423r542w35
CSeq: 0 INVITE
Via: SIP/2.0/UDP 192.0.2.53;branch=z9hG4bKkdjuw
Content-Type: application/sdp
Content-Length: -999

{SDP_X}",
                invite("")
            ),
        ),
        row(
            "scalar02",
            "3.1.2.4",
            Answer(400),
            "CSeq beyond 2**31 - 1",
            "
REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bK342sdfoi3
To: <sip:user@example.com>
From: <sip:user@example.com>;tag=239232jh3
CSeq: 36893488147419103232 REGISTER
Call-ID: scalar02.23o0pd9vanlq3wnrlnewofjas9ui32
Max-Forwards: 300
Expires: 10000000000000000000000000000000000000000000000000000000000000000000000000000000000
Contact: <sip:user@host129.example.com>
  ;expires=280297596632815
Content-Length: 0

",
        ),
        row(
            "scalarlg",
            "3.1.2.5",
            Silent,
            "a response that cannot be read is dropped",
            "
SIP/2.0 503 Service Unavailable
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129
To: <sip:user@example.com>
From: <sip:other@example.net>;tag=2easdjfejw
CSeq: 9292394834772304023312 OPTIONS
Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r
Retry-After: 949302838503028349304023988
Warning: 1812 overture \"In Progress\"
Content-Length: 0

",
        ),
        row(
            "quotbal",
            "3.1.2.6",
            Answer(400),
            "the quoted string is not closed",
            &format!(
                "
INVITE sip:user@example.com SIP/2.0
To: \"Mr. J. User <sip:j.user@example.com>
From: sip:caller@example.net;tag=93334
Max-Forwards: 10
Call-ID: quotbal.aksdj
Contact: <sip:caller@host59.example.net>
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.59:5050;branch=z9hG4bKkdjuw39234
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "ltgtruri",
            "3.1.2.7",
            Answer(400),
            "no brackets around a Request-URI",
            &format!(
                "
INVITE <sip:user@example.com> SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=39291
Max-Forwards: 23
Call-ID: ltgtruri.1@192.0.2.5
CSeq: 1 INVITE
Via: SIP/2.0/UDP 192.0.2.5
Contact: <sip:caller@host5.example.net>
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "lwsruri",
            "3.1.2.8",
            Answer(400),
            "no space in a Request-URI",
            &format!(
                "
INVITE sip:user@example.com; lr SIP/2.0
To: sip:user@example.com;tag=3xfe-9921883-z9f
From: sip:caller@example.net;tag=231413434
Max-Forwards: 5
Call-ID: lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423
CSeq: 2130706432 INVITE
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKkdjuw2395
Contact: <sip:caller@host1.example.net>
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "lwsstart",
            "3.1.2.9",
            Answer(400),
            "one space between the parts of a Request-Line",
            &format!(
                "
INVITE  sip:user@example.com  SIP/2.0
Max-Forwards: 8
To: sip:user@example.com
From: sip:caller@example.net;tag=8814
Call-ID: lwsstart.dfknq234oi243099adsdfnawe3@example.com
CSeq: 1893884 INVITE
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdjuw3923
Contact: <sip:caller@host1.example.net>
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "trws",
            "3.1.2.10",
            Answer(400),
            "no space after the version",
            &options("OPTIONS sip:remote-target@example.com SIP/2.0  ", "trws", "6 OPTIONS", PEOPLE),
        ),
        row(
            "escruri",
            "3.1.2.11",
            Answer(400),
            "no headers in a Request-URI",
            &format!(
                "
INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=341518
Max-Forwards: 7
Contact: <sip:caller@host39923.example.net>
Call-ID: escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5
CSeq: 149209342 INVITE
Via: SIP/2.0/UDP host-of-the-hour.example.com;branch=z9hG4bKkdjuw
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "baddate",
            "3.1.2.12",
            Called,
            "Date with another zone than GMT is ignored, as we ignore every Date",
            &format!(
                "
INVITE sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=2234923
Max-Forwards: 70
Call-ID: baddate.239423mnsadf3j23lj42--sedfnm234
CSeq: 1392934 INVITE
Via: SIP/2.0/UDP host.example.com;branch=z9hG4bKkdjuw
Date: Fri, 01 Jan 2010 16:00:00 EST
Contact: <sip:caller@host5.example.net>
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "regbadct",
            "3.1.2.13",
            Answer(400),
            "a Contact with a question mark needs brackets",
            "
REGISTER sip:example.com SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=998332
Max-Forwards: 70
Call-ID: regbadct.k345asrl3fdbv@10.0.0.1
CSeq: 1 REGISTER
Via: SIP/2.0/UDP 135.180.130.133:5060;branch=z9hG4bKkdjuw
Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E
l: 0

",
        ),
        row(
            "badaspec",
            "3.1.2.14",
            Answer(400),
            "no spaces inside the brackets",
            &options(
                "OPTIONS sip:user@example.org SIP/2.0",
                "badaspec",
                "1 OPTIONS",
                "From: \"Bell, Alexander\" <sip:a.g.bell@example.com>;tag=433423\nTo: \"Watson, Thomas\" < sip:t.watson@example.org >",
            ),
        ),
        row(
            "baddn",
            "3.1.2.15",
            Answer(400),
            "a comma in a display name needs quotes",
            &options(
                "OPTIONS sip:t.watson@example.org SIP/2.0",
                "baddn",
                "3923239 OPTIONS",
                "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\nTo: Watson, Thomas <sip:t.watson@example.org>",
            ),
        ),
        row(
            "badvers",
            "3.1.2.16",
            Answer(505),
            "SIP/7.0 is not ours",
            "
OPTIONS sip:t.watson@example.org SIP/7.0
Via:     SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw
Max-Forwards:     70
From:    A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe
To:      T. Watson <sip:t.watson@example.org>
Call-ID: badvers.31417@c.example.com
CSeq:    1 OPTIONS
l: 0

",
        ),
        row(
            "mismatch01",
            "3.1.2.17",
            Answer(400),
            "CSeq names another method",
            &options("OPTIONS sip:user@example.com SIP/2.0", "mismatch01", "8 INVITE", PEOPLE),
        ),
        row(
            "mismatch02",
            "3.1.2.18",
            Answer(501),
            "an unknown method, before all else (the RFC prefers 501)",
            &options("NEWMETHOD sip:user@example.com SIP/2.0", "mismatch02", "8 INVITE", PEOPLE),
        ),
        row(
            "bigcode",
            "3.1.2.19",
            Silent,
            "a status of ten digits: dropped",
            "
SIP/2.0 4294967301 better not break the receiver
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i
CSeq: 353494 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>

",
        ),
    ]
}
