//! The 49 messages of RFC 4475, written from its sections, sent to a running endpoint over a real socket.
//!
//! Each row says what a user agent server answers, and why. `Called` means that the message opened a call and reached the
//! application (which refuses with 486); `Silent` that nothing may be answered. Bodies whose octets the RFC gives only in
//! its archive (the S/MIME part of `mpart01`) are stand-ins of the same shape: binary, with NUL and high octets.

use offhook_media::sip::auth::Secret;
use offhook_media::sip::check::Transport;
use offhook_media::sip::stack::{Endpoint, IncomingCall, SipConfig, User};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// This status and no call.
    Answer(u16),
    /// The application is offered the call.
    Called,
    /// No answer at all.
    Silent,
}
use Expect::{Answer, Called, Silent};

struct Row {
    name: &'static str,
    section: &'static str,
    expect: Expect,
    why: &'static str,
    message: Vec<u8>,
}

fn row(name: &'static str, section: &'static str, expect: Expect, why: &'static str, text: &str) -> Row {
    Row { name, section, expect, why, message: crlf(text) }
}

/// Lines end with CRLF on the wire; the leading line break of a raw string is dropped.
fn crlf(text: &str) -> Vec<u8> {
    text.strip_prefix('\n').unwrap_or(text).replace('\n', "\r\n").into_bytes()
}

const SDP: &str = "v=0\no=mhandley 29739 7272939 IN IP4 192.0.2.3\ns=-\nc=IN IP4 192.0.2.4\nt=0 0\nm=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n";
const SDP_LEN: usize = 150;
const SDP_X: &str = "v=0\no=mhandley 29739 7272939 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n";

fn valid() -> Vec<Row> {
    let mut rows = vec![
        row(
            "wsinv",
            "3.1.1.1",
            Answer(481),
            "well-formed in spite of its spaces; a To tag of no dialog here",
            &format!(
                r#"
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : {SDP_LEN}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

{SDP}"#
            ),
        ),
        row(
            "intmeth",
            "3.1.1.2",
            Answer(501),
            "every odd character is allowed; the method is one nobody implements",
            "
!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com> ;fromParam''~+*_!.-%=\"\u{440}\u{430}\u{431}\u{43e}\u{442}\u{430}\u{44e}\u{449}\u{438}\u{439}\";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_`'~:\u{feff}\u{5927}\u{505c}\u{96fb}
Content-Length: 0

",
        ),
        row(
            "esc01",
            "3.1.1.3",
            Called,
            "escapes are legal in every part used",
            &format!(
                "
INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact:
  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: {SDP_LEN}

{SDP_X}"
            ),
        ),
        row(
            "escnull",
            "3.1.1.4",
            Answer(401),
            "escaped NUL is legal; the registrar asks who it is",
            "
REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Contact: <sip:%00%00@host5.example.com>
L:0

",
        ),
        row(
            "esc02",
            "3.1.1.5",
            Answer(501),
            "percent is no escape in a method: this is not REGISTER",
            "
RE%47IST%45R sip:registrar.example.com SIP/2.0
To: \"%Z%45\" <sip:resource@example.com>
From: \"%Z%45\" <sip:resource@example.com>;tag=f232jadfj23
Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
CSeq: 29344 RE%47IST%45R
Max-Forwards: 70
Contact: <sip:alias1@host1.example.com>
C%6Fntact: <sip:alias2@host2.example.com>
Contact: <sip:alias3@host3.example.com>
l: 0

",
        ),
        row(
            "lwsdisp",
            "3.1.1.6",
            Answer(200),
            "no space is needed between display name and bracket",
            "
OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID: lwsdisp.1234abcd@funky.example.com
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
l: 0

",
        ),
        Row { name: "longreq", section: "3.1.1.7", expect: Called, why: "long values are values", message: long_request() },
        row(
            "dblreq",
            "3.1.1.8",
            Answer(401),
            "octets past Content-Length are ignored; the REGISTER before them is challenged",
            &format!(
                "
REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
Contact: sip:j.user@host.example.com
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
Content-Length: 0


INVITE sip:joe@example.com SIP/2.0
t: sip:joe@example.com
From: sip:caller@example.net;tag=141334
Max-Forwards: 8
Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234
Content-Type: application/sdp
Content-Length: {SDP_LEN}

{SDP}"
            ),
        ),
        row(
            "semiuri",
            "3.1.1.9",
            Answer(200),
            "a semicolon may stand in the user part",
            "
OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Call-ID: semiuri.0ha0isndaksdj
CSeq: 8 OPTIONS
Accept: application/sdp, application/pkcs7-mime,
        multipart/mixed, multipart/signed,
        message/sip, message/sipfrag
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
l: 0

",
        ),
        row(
            "transports",
            "3.1.1.10",
            Answer(200),
            "transports of other hops need not be known",
            "
OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: <sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID:  transports.kijh4akdnaqjkwendsasfdj
Accept: application/sdp
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
l: 0

",
        ),
        Row { name: "mpart01", section: "3.1.1.11", expect: Answer(405), why: "well-formed, but MESSAGE is not among our methods", message: multipart() },
        row(
            "unreason",
            "3.1.1.12",
            Silent,
            "a valid response to nothing we sent",
            "
SIP/2.0 200 = 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e} \u{434}\u{435}\u{432}\u{44f}\u{43d}\u{43e}\u{441}\u{442}\u{43e} \u{434}\u{435}\u{432}\u{44f}\u{442}\u{44c} - \u{43f}\u{440}\u{43e}\u{441}\u{442}\u{43e}\u{435}
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 154
Content-Type: application/sdp
Contact: <sip:user@host198.example.com>

v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.198
s=-
c=IN IP4 192.0.2.198
t=0 0
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC
",
        ),
    ];
    rows.push(Row {
        name: "noreason",
        section: "3.1.1.13",
        expect: Silent,
        why: "an empty reason is legal; still a response to nothing we sent",
        message: crlf("SIP/2.0 100 \nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: noreason.asndj203insdf99223ndf\nCSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0\nContact: <sip:user@host105.example.com>\n\n"),
    });
    rows
}

fn long_request() -> Vec<u8> {
    let long = |word: &str, n: usize| word.repeat(n);
    crlf(&format!(
        "
INVITE sip:user@example.com SIP/2.0
To: \"I have a user name of {} proportion\"<sip:user@example.com:6000;unknownparam1=very{}value;longparam{}name=shortvalue;very{}ParameterNameWithNoValue>
F: sip:{}{}{}@example.net;tag=12{}424;unknownheaderparam{}name=unknowheaderparam{}value;unknownValueless{}paramname
Call-ID: longreq.one{}longcallid
CSeq: 3882340 INVITE
Unknown-{}-Name: unknown-{}-value; unknown-{}-parameter-name = unknown-{}-parameter-value
Via: SIP/2.0/TCP sip33.example.com
v: SIP/2.0/TCP sip32.example.com
V: SIP/2.0/TCP sip31.example.com
Via: SIP/2.0/TCP sip30.example.com
ViA: SIP/2.0/TCP sip29.example.com
VIa: SIP/2.0/TCP sip28.example.com
VIA: SIP/2.0/UDP very{}hostname.example.com;branch=very{}branchvalue
Max-Forwards: 70
Contact: <sip:amazingly{}callername@host5.example.net>
Content-Type: application/sdp
l: {SDP_LEN}

{SDP_X}",
        long("extreme", 10),
        long("long", 20),
        long("long", 25),
        long("long", 25),
        long("amazinglylongcallername", 10),
        long("", 0),
        long("x", 10),
        long("982", 50),
        long("long", 20),
        long("long", 15),
        long("long", 10),
        long("really", 20),
        long("Long", 20),
        long("long", 20),
        long("long", 20),
        long("long", 20),
        "long",
        long("long", 50),
        long("long", 5),
    ))
}

fn multipart() -> Vec<u8> {
    let mut body = crlf("--7a9cbec02ceef655\nContent-Type: text/plain\nContent-Transfer-Encoding: binary\n\nHello\n--7a9cbec02ceef655\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: binary\n\n");
    body.extend([0x30, 0x82, 0x01, 0x52, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x0d, 0x0a, 0x80]);
    body.extend(crlf("\n--7a9cbec02ceef655--\n"));
    let mut message = crlf(&format!(
        "
MESSAGE sip:kumiko@example.org SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
Max-Forwards: 70
Route: <sip:127.0.0.1:5080>
Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
Contact: <sip:fluffy@127.0.0.1:5070>
To: <sip:kumiko@example.org>
From: <sip:fluffy@example.com>;tag=2fb0dcc9
Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
CSeq: 1 MESSAGE
Content-Transfer-Encoding: binary
Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
Date: Sat, 15 Oct 2005 04:44:56 GMT
User-Agent: SIPimp.org/0.2.5 (curses)
Content-Length: {}

",
        body.len()
    ));
    message.extend(body);
    message
}

fn invalid() -> Vec<Row> {
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
        row("badinv01", "3.1.2.1", Answer(400), "empty parameters in Via and Contact", &format!("
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

{SDP}")),
        row("clerr", "3.1.2.2", Answer(400), "a datagram cannot be longer than it is", &format!("{}Call-ID: clerr.0ha0isndaksdjweiafasdk3
CSeq: 8 INVITE
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bK-39234-23523
Content-Type: application/sdp
Content-Length: 9999

{SDP_X}", invite(""))),
        row("ncl", "3.1.2.3", Answer(400), "a length cannot be negative", &format!("{}Call-ID: ncl.0ha0isndaksdj2193423r542w35
CSeq: 0 INVITE
Via: SIP/2.0/UDP 192.0.2.53;branch=z9hG4bKkdjuw
Content-Type: application/sdp
Content-Length: -999

{SDP_X}", invite(""))),
        row("scalar02", "3.1.2.4", Answer(400), "CSeq beyond 2**31 - 1", "
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

"),
        row("scalarlg", "3.1.2.5", Silent, "a response that cannot be read is dropped", "
SIP/2.0 503 Service Unavailable
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129
To: <sip:user@example.com>
From: <sip:other@example.net>;tag=2easdjfejw
CSeq: 9292394834772304023312 OPTIONS
Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r
Retry-After: 949302838503028349304023988
Warning: 1812 overture \"In Progress\"
Content-Length: 0

"),
        row("quotbal", "3.1.2.6", Answer(400), "the quoted string is not closed", &format!("
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

{SDP_X}")),
        row("ltgtruri", "3.1.2.7", Answer(400), "no brackets around a Request-URI", &format!("
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

{SDP_X}")),
        row("lwsruri", "3.1.2.8", Answer(400), "no space in a Request-URI", &format!("
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

{SDP_X}")),
        row("lwsstart", "3.1.2.9", Answer(400), "one space between the parts of a Request-Line", &format!("
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

{SDP_X}")),
        row("trws", "3.1.2.10", Answer(400), "no space after the version", &options("OPTIONS sip:remote-target@example.com SIP/2.0  ", "trws", "6 OPTIONS", PEOPLE)),
        row("escruri", "3.1.2.11", Answer(400), "no headers in a Request-URI", &format!("
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

{SDP_X}")),
        row("baddate", "3.1.2.12", Called, "Date with another zone than GMT is ignored, as we ignore every Date", &format!("
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

{SDP_X}")),
        row("regbadct", "3.1.2.13", Answer(400), "a Contact with a question mark needs brackets", "
REGISTER sip:example.com SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=998332
Max-Forwards: 70
Call-ID: regbadct.k345asrl3fdbv@10.0.0.1
CSeq: 1 REGISTER
Via: SIP/2.0/UDP 135.180.130.133:5060;branch=z9hG4bKkdjuw
Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E
l: 0

"),
        row("badaspec", "3.1.2.14", Answer(400), "no spaces inside the brackets", &options("OPTIONS sip:user@example.org SIP/2.0", "badaspec", "1 OPTIONS", "From: \"Bell, Alexander\" <sip:a.g.bell@example.com>;tag=433423\nTo: \"Watson, Thomas\" < sip:t.watson@example.org >")),
        row("baddn", "3.1.2.15", Answer(400), "a comma in a display name needs quotes", &options("OPTIONS sip:t.watson@example.org SIP/2.0", "baddn", "3923239 OPTIONS", "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\nTo: Watson, Thomas <sip:t.watson@example.org>")),
        row("badvers", "3.1.2.16", Answer(505), "SIP/7.0 is not ours", "
OPTIONS sip:t.watson@example.org SIP/7.0
Via:     SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw
Max-Forwards:     70
From:    A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe
To:      T. Watson <sip:t.watson@example.org>
Call-ID: badvers.31417@c.example.com
CSeq:    1 OPTIONS
l: 0

"),
        row("mismatch01", "3.1.2.17", Answer(400), "CSeq names another method", &options("OPTIONS sip:user@example.com SIP/2.0", "mismatch01", "8 INVITE", PEOPLE)),
        row("mismatch02", "3.1.2.18", Answer(501), "an unknown method, before all else (the RFC prefers 501)", &options("NEWMETHOD sip:user@example.com SIP/2.0", "mismatch02", "8 INVITE", PEOPLE)),
        row("bigcode", "3.1.2.19", Silent, "a status of ten digits: dropped", "
SIP/2.0 4294967301 better not break the receiver
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i
CSeq: 353494 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>

"),
    ]
}

fn semantics() -> Vec<Row> {
    let register = |id: &str, extra: &str| {
        format!(
            "
REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP saturn.example.com:5060;branch=z9hG4bKkdjuw{id}
Max-Forwards: 70
From: sip:watson@example.com;tag=DkfVgjkrtMwaerKKpe
To: sip:watson@example.com
Call-ID: {id}.70710@saturn.example.com
CSeq: 2 REGISTER
{extra}
l: 0

"
        )
    };
    vec![
        row("badbranch", "3.2.1", Answer(400), "a branch of the magic cookie alone identifies nothing", "
OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK
Accept: application/sdp
Call-ID: badbranch.sadonfo23i420jv0as0derf3j3n
CSeq: 8 OPTIONS
l: 0

"),
        row("insuf", "3.3.1", Answer(400), "no Call-ID, From and To", &format!("
INVITE sip:user@example.com SIP/2.0
CSeq: 193942 INVITE
Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf
Content-Type: application/sdp
l: {SDP_LEN}

{SDP}")),
        row("unkscm", "3.3.2", Answer(416), "a scheme nobody knows", "
OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=384
Max-Forwards: 3
Call-ID: unkscm.nasdfasser0q239nwsdfasdkl34
CSeq: 3923423 OPTIONS
Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234
Content-Length: 0

"),
        row("novelsc", "3.3.3", Answer(416), "a known scheme that cannot be called", "
OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=384
Max-Forwards: 3
Call-ID: novelsc.asdfasser0q239nwsdfasdkl34
CSeq: 3923423 OPTIONS
Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234
Content-Length: 0

"),
        row("unksm2", "3.3.4", Answer(400), "an address of record must be a SIP or tel URI", "
REGISTER sip:example.com SIP/2.0
To: isbn:2983792873
From: <http://www.example.com>;tag=3234233
Call-ID: unksm2.daksdj@hyphenated-host.example.com
CSeq: 234902 REGISTER
Max-Forwards: 70
Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKkdjuw
Contact: <name:John_Smith>
l: 0

"),
        row("bext01", "3.3.5", Answer(420), "required extensions we do not have; Proxy-Require is not for us", "
OPTIONS sip:user@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.net;tag=242etr
Max-Forwards: 6
Call-ID: bext01.0ha0isndaksdj
Require: nothingSupportsThis, nothingSupportsThisEither
Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis
CSeq: 8 OPTIONS
Via: SIP/2.0/TLS fold-and-staple.example.com;branch=z9hG4bKkdjuw
Content-Length: 0

"),
        row("invut", "3.3.6", Answer(415), "a body of a type we cannot read", "
INVITE sip:user@example.com SIP/2.0
Contact: <sip:caller@host5.example.net>
To: sip:j.user@example.com
From: sip:caller@example.net;tag=8392034
Max-Forwards: 70
Call-ID: invut.0ha0isndaksdjadsfij34n23d
CSeq: 235448 INVITE
Via: SIP/2.0/UDP somehost.example.com;branch=z9hG4bKkdjuw
Content-Type: application/unknownformat
Content-Length: 40

<audio>
 <pcmu port=\"443\"/>
</audio>
 x"),
        row("regaut01", "3.3.7", Answer(401), "credentials of a scheme we do not know are none", &register("regaut01", "Contact: <sip:j.user@host.example.com>\nAuthorization: NoOneKnowsThisScheme opaque-data=here")),
        row("multi01", "3.3.8", Answer(400), "fields that may occur once occur twice", &format!("
INVITE sip:user@company.com SIP/2.0
Contact: <sip:caller@host25.example.net>
Via: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKkdjuw
Max-Forwards: 70
CSeq: 5 INVITE
Call-ID: multi01.98asdh@192.0.2.1
CSeq: 59 INVITE
Call-ID: multi01.98asdh@192.0.2.2
From: sip:caller@example.com;tag=3413415
To: sip:user@example.com
To: sip:other@example.net
From: sip:caller@example.net;tag=2923420123
Content-Type: application/sdp
l: {SDP_LEN}
Contact: <sip:caller@host36.example.net>
Max-Forwards: 5

{SDP}")),
        row("mcl01", "3.3.9", Answer(400), "two lengths: which is the body?", "
OPTIONS sip:user@example.com SIP/2.0
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bK293423
To: sip:user@example.com
From: sip:other@example.net;tag=3923942
Call-ID: mcl01.fhn2323orihawfdoa3o4r52o3irsdf
CSeq: 15932 OPTIONS
Content-Length: 13
Max-Forwards: 60
Content-Length: 5
Content-Type: text/plain

There's no way to know how many octets are supposed to be here.
"),
        row("bcast", "3.3.10", Silent, "a response routed by a broadcast Via is dropped", "
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23
Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 0
Contact: <sip:user@host28.example.com>

"),
        row("zeromf", "3.3.11", Answer(200), "zero hops are enough for who is meant", "
OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=3ghsd41
Call-ID: zeromf.jfasdlfnm2o2l43r5u0asdfas
CSeq: 39234321 OPTIONS
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdjuw2349i
Max-Forwards: 0
Content-Length: 0

"),
        row("cparam01", "3.3.12", Answer(401), "an unknown Contact header parameter is harmless", &register("cparam01", "Contact: sip:+19725552222@gw1.example.net;unknownparam")),
        row("cparam02", "3.3.13", Answer(401), "an unknown Contact URI parameter is harmless", &register("cparam02", "Contact: <sip:+19725552222@gw1.example.net;unknownparam>")),
        row("regescrt", "3.3.14", Answer(401), "a bracketed Contact may carry an escaped Route", &register("regescrt", "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>")),
        row("sdp01", "3.3.15", Answer(406), "we could answer only in a format the caller refuses", "
INVITE sip:user@example.com SIP/2.0
To: sip:j_user@example.com
Contact: <sip:caller@host15.example.net>
From: sip:caller@example.net;tag=234
Max-Forwards: 5
Call-ID: sdp01.ndaksdj9342dasdd
Accept: text/nobodyKnowsThis
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw
Content-Length: 0

"),
        row("inv2543", "3.4.1", Called, "an INVITE of RFC 2543: no branch, tag, Max-Forwards and length", "
INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp

v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.5
s=-
c=IN IP4 192.0.2.5
t=0 0
m=audio 49217 RTP/AVP 0
"),
    ]
}

async fn endpoint() -> (Endpoint, mpsc::Receiver<IncomingCall>) {
    let config = SipConfig {
        bind: vec![(Transport::Udp, "127.0.0.1:0".parse().unwrap())],
        domain: "example.com".into(),
        users: vec![User { name: "watson".into(), secret: Secret::Password("x".into()) }],
        ..SipConfig::default()
    };
    Endpoint::start(config).await.unwrap()
}

/// A fence: an OPTIONS whose answer proves that everything sent before it has been handled.
fn fence(n: usize) -> Vec<u8> {
    crlf(&format!(
        "OPTIONS sip:fence@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKfence{n};rport\nFrom: <sip:f@example.com>;tag=f\nTo: <sip:f@example.com>\nCall-ID: fence{n}\nCSeq: 1 OPTIONS\nMax-Forwards: 70\nContent-Length: 0\n\n"
    ))
}

/// The stack answers to the address in Via when that is where the message came from; elsewhere to the source.
async fn receive(socket: &UdpSocket) -> String {
    let mut buffer = vec![0; 65536];
    let length = tokio::time::timeout(Duration::from_secs(10), socket.recv(&mut buffer)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn every_message_of_rfc_4475() {
    let rows: Vec<Row> = [valid(), invalid(), semantics()].into_iter().flatten().collect();
    assert_eq!(rows.len(), 49);
    let mut wrong = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        // Each on its own endpoint, so that none can hide behind another.
        let (endpoint, mut calls) = endpoint().await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(endpoint.local_addrs()[0].1).await.unwrap();
        socket.send(&row.message).await.unwrap();
        let (mut got, mut text) = (Silent, String::new());
        if row.expect == Called {
            // Taken by the application, whose refusal then comes back.
            match tokio::time::timeout(Duration::from_secs(10), calls.recv()).await {
                Ok(Some(call)) => {
                    assert!(call.offer.is_some(), "{}: the offer was lost", row.name);
                    call.reject(486, "Busy Here", None).await;
                    text = receive(&socket).await;
                    got = if status(&text) == 486 { Called } else { Answer(status(&text)) };
                }
                _ => got = Silent,
            }
        } else {
            socket.send(&fence(n)).await.unwrap();
            loop {
                let answer = receive(&socket).await;
                if answer.contains(&format!("fence{n}")) {
                    // Canned answers overtake; one from the stack may still be on its way.
                    if got != Silent || row.expect == Silent {
                        break;
                    }
                    continue;
                }
                got = Answer(status(&answer));
                text = answer;
                if row.expect != Silent {
                    break;
                }
            }
            if calls.try_recv().is_ok() {
                got = Called;
            }
        }
        if got != row.expect {
            wrong.push(format!("{} ({}): expected {:?} because {}, got {got:?}\n{text}", row.name, row.section, row.expect, row.why));
        }
        // What RFC 3261 §8.2.6.2 wants of every answer.
        if got != Silent {
            assert!(text.contains("\r\nVia:"), "{}: no Via\n{text}", row.name);
            if status(&text) != 100 && text.contains("\r\nTo:") {
                let to = text.lines().find(|l| l.starts_with("To:")).unwrap();
                assert!(to.contains("tag"), "{}: no To tag\n{text}", row.name);
            }
        }
        let must = match row.name {
            "bext01" => "\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n",
            "mpart01" => "\r\nAllow: INVITE",
            "invut" | "sdp01" => "\r\nAccept: application/sdp",
            "escnull" | "dblreq" | "regaut01" => "\r\nWWW-Authenticate: Digest realm=\"example.com\"",
            "lwsdisp" => "\r\nSupported: timer, 100rel, replaces\r\n",
            "transports" => "\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n",
            // The peer sent no From tag, so it must get none back.
            "inv2543" => "\r\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\r\n",
            _ => "",
        };
        assert!(text.contains(must), "{}: missing {must:?} in\n{text}", row.name);
        endpoint.shutdown().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_session_description_has_the_length_its_messages_claim() {
    assert_eq!(crlf(SDP).len(), SDP_LEN);
    assert_eq!(crlf(SDP_X).len(), SDP_LEN);
}
