//! The layers, the messages, and the documented example.

use std::path::Path;
use std::time::Duration;

use super::*;

fn load(text: &str, env: &[(&str, &str)], flags: &[(&str, &str, &str)]) -> Result<Config, Errors> {
    let sources = Sources {
        file: None,
        env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        flags: flags
            .iter()
            .map(|(name, key, value)| Flag { name: (*name).into(), key: (*key).into(), value: (*value).into() })
            .collect(),
        names_only: false,
    };
    Config::parse(Some(text), Path::new("offhook.toml"), &sources)
}

fn complaint(text: &str, env: &[(&str, &str)]) -> String {
    load(text, env, &[]).expect_err("a mistake").to_string()
}

const EXAMPLE: &str = include_str!("../../offhook.toml.example");

#[test]
fn the_example_is_equal_to_the_defaults() {
    assert_eq!(load(EXAMPLE, &[], &[]).expect("the example is sound"), Config::default());
    // Every default that is shown, commented in; what is introduced as an example stays out.
    let (mut shown, mut example) = (String::new(), false);
    for line in EXAMPLE.lines() {
        match line.strip_prefix('#') {
            Some(prose) if prose.starts_with(' ') || prose.is_empty() => example = prose.contains("xample"),
            Some(setting) if !example => shown = shown + setting + "\n",
            Some(_) => {}
            None => {
                example = false;
                shown = shown + line + "\n";
            }
        }
    }
    assert!(shown.contains("\nbind = \"127.0.0.1:8080\"\n") && !shown.contains("api_token"), "{shown}");
    assert_eq!(load(&shown, &[], &[]).expect("what is shown is sound"), Config::default());
}

#[test]
fn the_example_shows_every_key() {
    let everything: String = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|it| !it.starts_with(' ')).unwrap_or(line))
        .fold(String::new(), |all, line| all + line + "\n");
    let env = [
        "OFFHOOK_API_TOKEN",
        "PHONE_1001",
        "CARRIER_PASSWORD",
        "CLINIC_API_KEY",
        "WEBHOOK_SECRET",
        "SMTP_PASSWORD",
        "SMS_API_KEY",
        "VAULT_KEY",
        "VAULT_KEY_OLD",
        "ORDER_HOOK_SECRET",
        "ACME_API_TOKEN",
    ]
    // A key and a token in one: tokens tell tenants apart.
    .map(|name| {
        let last = if name == "ACME_API_TOKEN" { "0" } else { "f" };
        (name, format!("0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcde{last}"))
    });
    let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
    let config = load(&everything, &env, &[]).expect("every example is sound");
    assert_eq!(
        (config.sip.phones.len(), config.sip.trunks.len(), config.entries.len(), config.speech.voices.len()),
        (1, 1, 5, 2)
    );
    assert_eq!((config.sources.len(), config.messages.len(), config.numbers.len()), (1, 2, 1));
    assert!(
        config.server.public_url.is_some()
            && config.webhooks.secret.is_some()
            && config.secrets.get("CLINIC_API_KEY").is_some()
    );
    // A key that exists in the code and not in the example would be listed by a section that gets an unknown one.
    for section in ["server", "store", "vault", "flows", "sip", "rtp", "speech", "limits", "http", "webhooks", "log"] {
        let told = complaint(&format!("[{section}]\nxxxxxxxxxxxxxxxxxxxxxxxx = 1"), &[]);
        let known = told.split("known: ").nth(1).and_then(|rest| rest.strip_suffix(')')).expect("the keys are listed");
        for key in known.split(", ").filter(|key| !["phone", "trunk", "voices"].contains(key)) {
            assert!(
                EXAMPLE.lines().any(|line| line.starts_with(&format!("#{key} ="))),
                "{section}.{key} is not in the example"
            );
        }
    }
}

#[test]
fn an_environment_binds_the_names_of_flows() {
    let text = "
        [sources.clinic]
        url = 'sqlite://clinic.db'
        access = 'write'
        [sources.crm]
        url = 'env:CRM_DB'
        [messages.email]
        kind = 'smtp'
        host = 'mail.example'
        from = 'Clinic <desk@clinic.example>'
        password = 'env:SMTP_PASSWORD'
        [messages.sms]
        kind = 'http'
        url = 'https://sms.example/send'
        headers = { authorization = 'Bearer {{ secrets.SMS_KEY }}' }
        json = { to = '{{ to }}', n = 1, texts = ['{{ text }}'] }
        [numbers]
        front-desk = '+15551230003'
        [secrets]
        SMS_KEY = 'env:SMS_KEY'
    ";
    let env = [("CRM_DB", "postgres://ann:hush@db.example/crm"), ("SMTP_PASSWORD", "hush"), ("SMS_KEY", "hush")];
    let config = load(text, &env, &[]).expect("sound");
    assert_eq!((config.sources["clinic"].access, config.sources["crm"].access), (Access::Write, Access::Read));
    assert!(!format!("{config:?}").contains("hush"), "nothing secret is shown");
    let MessageChannel::Http(sms) = &config.messages["sms"] else { panic!("{:?}", config.messages) };
    assert_eq!(sms.body, MessageBody::Json(serde_json::json!({ "to": "{{ to }}", "n": 1, "texts": ["{{ text }}"] })));
    assert_eq!(config.numbers["front-desk"], "+15551230003");
    // To know what is bound, no secret is looked up.
    let sources = Sources { names_only: true, ..Sources::default() };
    let named = Config::parse(Some(text), Path::new("offhook.toml"), &sources).expect("sound");
    let environment = named.environment("offhook.toml");
    use offhook_runtime::params::ResourceKind as Kind;
    for (kind, name) in [
        (Kind::Source, "clinic"),
        (Kind::Source, "crm"),
        (Kind::MessageChannel, "sms"),
        (Kind::Number, "front-desk"),
        (Kind::Secret, "SMS_KEY"),
    ] {
        assert!(environment.binds(kind, name), "{name}");
    }
    assert!(!environment.binds(Kind::Table, "clinic") && !environment.binds(Kind::Source, "email"));
}

#[test]
fn what_cannot_stand_behind_a_name_is_told() {
    for (text, told) in [
        ("[sources.a]\naccess = 'read'", "sources.a.url: is missing"),
        ("[sources.a]\nurl = 'mysql://x'", "sources.a.url: a secret is not written here"),
        ("[sources.a]\nurl = 'postgres://ann:hush@x/y'", "sources.a.url: a password is not written here"),
        ("[sources.a]\nurl = 'sqlite:a'\naccess = 'all'", "sources.a.access: unknown value `all`"),
        ("[sources.A]\nurl = 'sqlite:a'", "sources.A: flows cannot name this"),
        ("[messages.a]\nhost = 'x'", "messages.a.kind: is missing"),
        ("[messages.a]\nkind = 'fax'\nhost = 'x'", "messages.a.kind: unknown value `fax`"),
        ("[messages.a]\nkind = 'smtp'\nhost = 'x'\nfrom = 'desk'", "messages.a.from: expected an address"),
        ("[messages.a]\nkind = 'http'\nurl = 'x'\njson = {}", "messages.a.url: expected an address"),
        ("[messages.a]\nkind = 'http'\nurl = 'https://x'", "messages.a.json: a message is sent as"),
        ("[numbers]\nDesk = '1'", "numbers.Desk: flows cannot name this"),
    ] {
        let found = complaint(text, &[]);
        assert!(found.contains(told), "{text}\n{found}");
        assert!(!found.contains("hush"), "{found}");
    }
}

#[test]
fn the_stronger_layer_wins() {
    let file = "[server]\nbind = '127.0.0.1:1'\n[http]\nmax_body = '2MiB'\n";
    let env = [
        ("OFFHOOK_SERVER__BIND", "127.0.0.1:2"),
        ("OFFHOOK_HTTP__ALLOW", "127.0.0.0/8, ::1"),
        ("OFFHOOK_CONFIG", "x"),
        ("OTHER", "y"),
    ];
    let config = load(file, &env, &[]).expect("sound");
    assert_eq!((config.server.bind.port(), config.http.max_body, config.http.allow.len()), (2, 2 << 20, 2));
    let config = load(file, &env, &[("--bind", "server.bind", "127.0.0.1:3")]).expect("sound");
    assert_eq!(config.server.bind.port(), 3);
    assert_eq!(config.store_url(), "sqlite://data/offhook.db");
}

#[test]
fn a_bad_value_names_its_key_and_its_place() {
    assert_eq!(
        complaint("[server]\n  bind = 'here'\n", &[]),
        "offhook.toml:2:10: server.bind: expected an address with a port, like 127.0.0.1:8080 or [::1]:8080, found `here`"
    );
    assert_eq!(
        complaint("", &[("OFFHOOK_LIMITS__CHAT_IDLE", "soon")]),
        "environment variable OFFHOOK_LIMITS__CHAT_IDLE: limits.chat_idle: expected a duration like 300ms, 5s, 10m, 2h or 3d, found `soon`"
    );
    let flag = load("", &[], &[("--rtp-ports", "rtp.ports", "9-8")]).expect_err("a mistake").to_string();
    assert!(flag.starts_with("flag --rtp-ports: rtp.ports: expected a range of ports"), "{flag}");
}

#[test]
fn an_unknown_key_is_told_the_nearest() {
    assert_eq!(
        complaint("[server]\nbnid = 'x'", &[]),
        "offhook.toml:2:8: server.bnid: unknown key (did you mean `bind`?)"
    );
    assert_eq!(
        complaint("[sever]\nbind = 'x'", &[]),
        "offhook.toml:1:1: sever: unknown section (did you mean `server`?)"
    );
    let variable = complaint("", &[("OFFHOOK_SIP__MAXCALLS", "1")]);
    assert_eq!(
        variable,
        "environment variable OFFHOOK_SIP__MAXCALLS: sip.maxcalls: unknown key (did you mean `max_calls`?)"
    );
    assert!(
        complaint("[[sip.phone]]\nuser = 'a'\npasword = 'env:X'", &[])
            .contains("sip.phone[0].pasword: unknown key (did you mean `password`?)")
    );
}

#[test]
fn every_mistake_at_once() {
    let told = complaint(
        "[server]\nbind = 1\n[rtp]\nthreads = 0\n[log]\nformat = 'xml'\n[[entry]]\nnumber = '1'\n[speech]\nparallel = [\n",
        &[],
    );
    for part in [
        "server.bind:",
        "rtp.threads: must be at least 1",
        "log.format: unknown value `xml` (known: text, json)",
        "entry[0].flow: is missing",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(told.lines().count() >= 5, "and the mistake of syntax:\n{told}");
}

#[test]
fn off_loopback_there_must_be_a_token() {
    for bind in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
        let text = format!("[server]\nbind = '{bind}'");
        assert!(complaint(&text, &[]).contains("so `server.api_token` must be set"), "{bind}");
        assert!(load(&text, &[("OFFHOOK_SERVER__API_TOKEN", "0123456789abcdef")], &[]).is_ok(), "{bind}");
        assert!(complaint(&text, &[("OFFHOOK_SERVER__API_TOKEN", "short")]).contains("at least 16 characters"));
    }
    assert!(load("[server]\nbind = '[::1]:80'", &[], &[]).is_ok());
}

#[test]
fn secrets_are_pointed_to_and_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("key"), "from the file\n").expect("write");
    let text = "[secrets]\nONE = 'env:SECRET_ONE'\nTWO = 'file:key'\n";
    let sources = Sources {
        env: vec![("SECRET_ONE".into(), "from the env".into()), ("OFFHOOK_SECRETS__THREE".into(), "literal".into())],
        ..Sources::default()
    };
    let config = Config::parse(Some(text), &folder.path().join("offhook.toml"), &sources).expect("sound");
    let secret = |name| config.secrets.get(name).map(Secret::reveal);
    assert_eq!(
        (secret("ONE"), secret("TWO"), secret("THREE"), secret("FOUR")),
        (Some("from the env"), Some("from the file"), Some("literal"), None)
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains("from the") && !shown.contains("literal"), "{shown}");
    assert!(
        config.secrets.get("ONE").expect("there").matches("from the env")
            && !config.secrets.get("ONE").expect("there").matches("from the enV")
    );
    assert!(!Secret::new("ab").matches("abc") && !Secret::new("abc").matches("ab") && !Secret::new("a").matches(""));

    let literal = complaint("[secrets]\nONE = 'hunter2'", &[]);
    assert!(literal.contains("secrets.ONE: a secret is not written here") && !literal.contains("hunter2"), "{literal}");
    assert!(complaint("[secrets]\nONE = 'env:NOT_SET'", &[]).contains("environment variable NOT_SET is not set"));
    assert!(complaint("[secrets]\nONE = 'file:/does/not/exist'", &[]).contains("cannot read"));
}

#[test]
fn the_longest_number_wins() {
    let text = "[[entry]]\nnumber=''\nflow='all'\n[[entry]]\nnumber='44'\nflow='short'\n[[entry]]\nnumber='4400'\nflow='long'\nlocale='es-ES'\n[[entry]]\nchat='web'\nflow='chat'";
    let config = load(text, &[], &[]).expect("sound");
    let flow = |number| entry_for_number(&config.entries, number).map(|entry| entry.flow_for("anybody"));
    assert_eq!(
        (flow("4400"), flow("44001"), flow("4412"), flow("5"), flow("")),
        (Some("long"), Some("long"), Some("short"), Some("all"), Some("all"))
    );
    assert_eq!(entry_for_chat(&config.entries, "web").map(|entry| entry.flow_for("anybody")), Some("chat"));
    assert_eq!(entry_for_chat(&config.entries, "x"), None);
    assert!(
        complaint("[[entry]]\nnumber='1'\nflow='a'\n[[entry]]\nnumber='1'\nflow='b'", &[])
            .contains("entry[1].number: another entry has the same one")
    );
    assert!(complaint("[[entry]]\nflow='a'", &[]).contains("needs `number` or `chat`"));
    assert!(complaint("[entry]\nflow='a'", &[]).contains("write [[entry]]"));
}

#[test]
fn an_entry_leads_to_one_flow_or_to_several_by_weight() {
    let text = "[[entry]]\nchat='web'\n[entry.flows]\na=80\n'b/short'=20\n[[entry]]\nevent='order.shipped'\nflow='a'\ninputs={n='/data/n'}\n[[entry]]\nevent='order.shipped'\nflow='b/short'\ncontact='/subject'";
    let config = load(text, &[], &[]).expect("sound");
    assert_eq!(config.entries[0].leads.flows().collect::<Vec<_>>(), ["a", "b/short"]);
    assert!(matches!(&config.entries[1].channel, Channel::Event(hook) if hook.inputs["n"] == "/data/n"));
    assert_eq!(config.entries.len(), 3, "several wait for one event");
    for (text, told) in [
        ("chat='x'\nflow='a'\nflows={b=1}", "offhook.toml:4:7: entry[0].flows: an entry has `flow` or `flows`"),
        ("chat='x'\nflows={a=1, b=0}", "entry[0].flows.b: a weight is 1 to 1000, and not 0"),
        ("chat='x'\nflows={a=1001}", "entry[0].flows.a: a weight is 1 to 1000, and not 1001"),
        ("chat='x'\nflows={a='many'}", "entry[0].flows.a: "),
        ("chat='x'\nflows={}", "entry[0].flows: names 1 to 16 flows"),
        ("chat='x'\nflows='a'", "entry[0].flows: expected a table"),
        ("chat='x'", "entry[0].flow: is missing"),
        ("event=''\nflow='a'", "entry[0].event: an event's type has 1 to 256 bytes"),
        ("event='x'\nchat='y'\nflow='a'", "offhook.toml:2:7: entry[0].event: an entry has one of"),
        ("event='x'\nflow='a'\nsecret='env:HOME'", "entry[0].secret: is for `webhook` only"),
        ("chat='x'\nflow='a'\ninputs={n='/n'}", "entry[0].inputs: is for `webhook` and `event` only"),
        ("event='x'\nflow='a'\ninputs={n='n'}", "entry[0].inputs: `n` is no JSON pointer"),
    ] {
        let found = complaint(&format!("[[entry]]\n{text}"), &[("HOME", "x")]);
        assert!(found.contains(told), "{text}\n{found}");
    }
}

#[test]
fn what_a_flow_may_reach() {
    let http = Http::default();
    let permits = |http: &Http, address: &str| http.permits(address.parse().expect("an address"));
    for public in ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"] {
        assert!(permits(&http, public), "{public}");
    }
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.1",
        "198.18.0.1",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::7f00:1",
    ] {
        assert!(!permits(&http, private), "{private}");
    }
    let http = Http {
        allow: vec!["127.0.0.0/8".parse().expect("a network")],
        deny: vec!["127.0.0.2".parse().expect("one address"), "8.0.0.0/7".parse().expect("a network")],
        ..http
    };
    assert!(permits(&http, "127.0.0.1") && permits(&http, "::ffff:127.0.0.1") && !permits(&http, "127.0.0.2"));
    assert!(
        !permits(&http, "8.8.8.8")
            && !permits(&http, "9.9.9.9")
            && permits(&http, "10.0.0.1") == permits(&Http::default(), "10.0.0.1")
    );
    for bad in ["", "1.2.3", "1.2.3.4/33", "::/129", "a/8"] {
        assert!(bad.parse::<Network>().is_err(), "{bad}");
    }
}

#[test]
fn a_missing_file_that_was_named_is_an_error() {
    let missing = Sources { file: Some("/does/not/exist.toml".into()), ..Sources::default() };
    assert!(Config::load(&missing).expect_err("it was named").to_string().contains("cannot read /does/not/exist.toml"));
}

#[test]
fn durations_and_sizes() {
    let config =
        load("[store]\nretention='3d'\n[speech]\ntimeout='300ms'\nmemory_cache='0'\ndisk_cache=1024\n", &[], &[])
            .expect("sound");
    assert_eq!(
        (config.store.retention, config.speech.timeout),
        (Duration::from_secs(3 * 86_400), Duration::from_millis(300))
    );
    assert_eq!((config.speech.memory_cache, config.speech.disk_cache), (0, 1024));
    for bad in ["''", "'5'", "5", "'s'", "'-5s'", "'99999999999999999999s'", "'99999999999999999d'", "[]"] {
        assert!(complaint(&format!("[speech]\ntimeout={bad}"), &[]).contains("speech.timeout: expected a"), "{bad}");
    }
}
