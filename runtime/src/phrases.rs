//! The few words that Offhook itself says and understands: the polite end, the short re-prompts, yes and no, `repeat`
//! and `help`; and how words that a person said are compared with phrases that an author wrote.

/// A sentence of Offhook's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Before the end that nobody planned.
    PoliteEnd,
    /// Nothing was heard.
    NoInput,
    /// Something was heard, but no answer.
    NoMatch,
    /// How to confirm: say or press.
    Confirm,
    /// Which of several answers is wrong.
    Which,
}

/// A thing that every caller may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Universal {
    /// Say it again.
    Repeat,
    /// How does this work?
    Help,
}

/// One language's words.
struct Words {
    language: &'static str,
    polite_end: &'static str,
    no_input: &'static str,
    no_match: &'static str,
    confirm: &'static str,
    which: &'static str,
    cancel: &'static [&'static str],
    correct: &'static [&'static str],
    repeat: &'static [&'static str],
    help: &'static [&'static str],
    yes: &'static [&'static str],
    no: &'static [&'static str],
}

const WORDS: &[Words] = &[
    Words {
        language: "en",
        polite_end: "I am sorry, something went wrong on our side. Please try again later. Goodbye.",
        no_input: "I am sorry, I did not get an answer.",
        no_match: "I am sorry, I did not understand that.",
        confirm: "If that is right, say yes or press 1. If not, say no or press 2.",
        which: "What should be changed?",
        cancel: &["cancel", "cancel that", "never mind", "forget it", "stop"],
        correct: &["no", "change", "correct", "correction", "actually", "i meant", "sorry", "that is wrong", "not"],
        repeat: &["repeat", "repeat that", "say that again", "again", "pardon"],
        help: &["help", "help me"],
        yes: &["yes", "yeah", "yep", "correct", "right", "that is right", "ok", "okay", "sure", "y"],
        no: &["no", "nope", "wrong", "not correct", "that is wrong", "n"],
    },
    Words {
        language: "es",
        polite_end: "Lo siento, algo ha fallado por nuestra parte. Inténtelo más tarde, por favor. Adiós.",
        no_input: "Perdone, no he recibido respuesta.",
        no_match: "Perdone, no le he entendido.",
        confirm: "Si es correcto, diga sí o pulse 1. Si no, diga no o pulse 2.",
        which: "¿Qué hay que cambiar?",
        cancel: &["cancelar", "cancela", "cancele", "déjelo", "déjalo", "olvídelo", "olvídalo"],
        correct: &["no", "cambiar", "cambia", "cambie", "corregir", "corrige", "quería decir", "quise decir", "perdón"],
        repeat: &["repetir", "repite", "repita", "otra vez", "cómo"],
        help: &["ayuda"],
        yes: &["sí", "si", "correcto", "eso es", "vale", "claro"],
        no: &["no", "incorrecto", "no es correcto"],
    },
    Words {
        language: "de",
        polite_end: "Es tut mir leid, bei uns ist etwas schiefgegangen. Bitte versuchen Sie es später noch einmal. Auf Wiederhören.",
        no_input: "Ich habe leider keine Antwort erhalten.",
        no_match: "Das habe ich leider nicht verstanden.",
        confirm: "Wenn das stimmt, sagen Sie Ja oder drücken Sie die 1. Sonst sagen Sie Nein oder drücken Sie die 2.",
        which: "Was soll geändert werden?",
        cancel: &["abbrechen", "abbruch", "vergiss es", "vergessen sie es"],
        correct: &["nein", "ändern", "ändere", "korrigieren", "korrektur", "doch", "ich meinte", "falsch"],
        repeat: &["wiederholen", "noch einmal", "nochmal", "wie bitte"],
        help: &["hilfe"],
        yes: &["ja", "richtig", "stimmt", "genau", "ok"],
        no: &["nein", "falsch", "stimmt nicht"],
    },
    Words {
        language: "fr",
        polite_end: "Je suis désolé, un problème est survenu de notre côté. Veuillez réessayer plus tard. Au revoir.",
        no_input: "Je n'ai pas reçu de réponse.",
        no_match: "Je n'ai pas compris.",
        confirm: "Si c'est exact, dites oui ou appuyez sur 1. Sinon, dites non ou appuyez sur 2.",
        which: "Que faut-il changer ?",
        cancel: &["annuler", "annulez", "annule", "laissez tomber", "laisse tomber", "oubliez"],
        correct: &["non", "changer", "changez", "corriger", "corrigez", "modifier", "je voulais dire", "pardon"],
        repeat: &["répéter", "répétez", "encore", "pardon"],
        help: &["aide"],
        yes: &["oui", "exact", "c'est ça", "d'accord"],
        no: &["non", "faux", "ce n'est pas ça"],
    },
    Words {
        language: "pt",
        polite_end: "Lamento, ocorreu um problema do nosso lado. Por favor, tente mais tarde. Adeus.",
        no_input: "Desculpe, não recebi resposta.",
        no_match: "Desculpe, não entendi.",
        confirm: "Se está correto, diga sim ou tecle 1. Se não, diga não ou tecle 2.",
        which: "O que devo mudar?",
        cancel: &["cancelar", "cancele", "deixe estar", "esqueça"],
        correct: &["não", "nao", "mudar", "mude", "corrigir", "corrija", "quis dizer", "queria dizer", "desculpe"],
        repeat: &["repetir", "repita", "outra vez"],
        help: &["ajuda"],
        yes: &["sim", "correto", "certo", "isso"],
        no: &["não", "nao", "errado"],
    },
    Words {
        language: "it",
        polite_end: "Mi dispiace, si è verificato un problema da parte nostra. La preghiamo di riprovare più tardi. Arrivederci.",
        no_input: "Mi dispiace, non ho ricevuto risposta.",
        no_match: "Mi dispiace, non ho capito.",
        confirm: "Se è corretto, dica sì o prema 1. Se no, dica no o prema 2.",
        which: "Che cosa devo cambiare?",
        cancel: &["annulla", "annullare", "lasci perdere", "lascia stare"],
        correct: &["no", "cambiare", "cambia", "cambi", "correggere", "correggi", "volevo dire", "intendevo", "scusi"],
        repeat: &["ripetere", "ripeti", "ripeta", "ancora", "come"],
        help: &["aiuto"],
        yes: &["sì", "si", "esatto", "corretto", "giusto", "va bene"],
        no: &["no", "sbagliato", "non è corretto"],
    },
    Words {
        language: "ar",
        polite_end: "عذرا، حدث خطأ من جانبنا. يرجى المحاولة لاحقا. مع السلامة.",
        no_input: "عذرا، لم أتلق إجابة.",
        no_match: "عذرا، لم أفهم ذلك.",
        confirm: "إذا كان هذا صحيحا، فقل نعم أو اضغط 1. وإلا، فقل لا أو اضغط 2.",
        which: "ما الذي يجب تغييره؟",
        cancel: &["إلغاء", "ألغ", "انس الأمر"],
        correct: &["لا", "غير", "تغيير", "تصحيح", "أقصد", "عفوا"],
        repeat: &["أعد", "كرر", "مرة أخرى"],
        help: &["مساعدة", "ساعدني"],
        yes: &["نعم", "أجل", "صحيح", "حسنا"],
        no: &["لا", "خطأ", "غير صحيح"],
    },
    Words {
        language: "he",
        polite_end: "מצטערים, אירעה תקלה אצלנו. נסו שוב מאוחר יותר, בבקשה. להתראות.",
        no_input: "סליחה, לא קיבלתי תשובה.",
        no_match: "סליחה, לא הבנתי.",
        confirm: "אם זה נכון, אמרו כן או הקישו 1. אם לא, אמרו לא או הקישו 2.",
        which: "מה לשנות?",
        cancel: &["ביטול", "בטל", "לבטל", "עזוב", "לא משנה"],
        correct: &["לא", "לשנות", "שנה", "תיקון", "לתקן", "התכוונתי", "סליחה"],
        repeat: &["שוב", "עוד פעם", "לחזור"],
        help: &["עזרה"],
        yes: &["כן", "נכון", "בסדר"],
        no: &["לא", "לא נכון", "טעות"],
    },
];

fn words(locale: &str) -> &'static Words {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    WORDS.iter().find(|words| words.language.eq_ignore_ascii_case(language)).unwrap_or(&WORDS[0])
}

/// Offhook's own sentence in the language of a locale, in English where it has none.
pub fn stock(text: Stock, locale: &str) -> &'static str {
    let words = words(locale);
    match text {
        Stock::PoliteEnd => words.polite_end,
        Stock::NoInput => words.no_input,
        Stock::NoMatch => words.no_match,
        Stock::Confirm => words.confirm,
        Stock::Which => words.which,
    }
}

/// Whether a whole utterance is one of the universals.
pub fn universal(said: &str, locale: &str) -> Option<Universal> {
    // Offhook's own phrases are written as they are compared; a test holds them to that.
    let (said, words) = (normalise(said), words(locale));
    if words.repeat.contains(&&*said) {
        Some(Universal::Repeat)
    } else if words.help.contains(&&*said) {
        Some(Universal::Help)
    } else {
        None
    }
}

/// What a caller of a locale says for it.
pub fn say_universal(universal: Universal, locale: &str) -> &'static str {
    let words = words(locale);
    let phrases = match universal {
        Universal::Repeat => words.repeat,
        Universal::Help => words.help,
    };
    phrases.first().copied().unwrap_or_default()
}

/// What a caller of a locale says for yes or no.
pub fn say_yes_or_no(yes: bool, locale: &str) -> &'static str {
    let words = words(locale);
    let phrases = if yes { words.yes } else { words.no };
    phrases.first().copied().unwrap_or_default()
}

/// The phrases that cancel what goes on.
pub fn cancel(locale: &str) -> &'static [&'static str] {
    words(locale).cancel
}

/// The phrases that begin a correction.
pub fn correct(locale: &str) -> &'static [&'static str] {
    words(locale).correct
}

/// Whether an utterance says yes or no.
pub fn yes_or_no(said: &str, locale: &str) -> Option<bool> {
    let words = words(locale);
    let longest = |phrases: &[&str]| phrases.iter().filter_map(|phrase| matches(said, phrase)).max();
    match (longest(words.yes), longest(words.no)) {
        (None, None) => None,
        (yes, no) if yes == no => None,
        (yes, no) => Some(yes > no),
    }
}

/// Words as they are compared: lower case, no punctuation, single spaces.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’')) {
        let word = word.trim_matches(['\'', '’']);
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        if word.is_ascii() {
            let start = out.len();
            out.push_str(word);
            out[start..].make_ascii_lowercase();
        } else {
            out.extend(word.chars().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }));
        }
    }
    out
}

/// How well a phrase is met by what was said: the number of its words when they stand in it in a row, with the whole
/// utterance above any part of one; `None` when they do not.
pub fn matches(said: &str, phrase: &str) -> Option<usize> {
    const WHOLE: usize = 1_000;
    let (said, phrase) = (normalise(said), normalise(phrase));
    if phrase.is_empty() {
        return None;
    }
    if said == phrase {
        return Some(WHOLE);
    }
    let (said, phrase): (Vec<&str>, Vec<&str>) = (said.split(' ').collect(), phrase.split(' ').collect());
    said.windows(phrase.len()).any(|run| run == phrase).then_some(phrase.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_match_whole_words_and_the_longest_wins() {
        assert_eq!(matches("I want to BOOK, please!", "book"), Some(1));
        assert_eq!(matches("notebook", "book"), None);
        assert!(matches("Book.", "book") > matches("book a table", "book a table please"));
        assert_eq!(matches("anything", "  "), None);
        assert_eq!(matches("", "book"), None);
    }

    #[test]
    fn yes_and_no_by_language() {
        assert_eq!(yes_or_no("yes please", "en-US"), Some(true));
        assert_eq!(yes_or_no("No, that is wrong.", "en-GB"), Some(false));
        assert_eq!(yes_or_no("not correct", "en"), Some(false));
        assert_eq!(yes_or_no("¡Sí!", "es-ES"), Some(true));
        assert_eq!(yes_or_no("perhaps", "en"), None);
        assert_eq!(yes_or_no("oui", "xx"), None);
    }

    #[test]
    fn universals_must_be_all_that_was_said() {
        assert_eq!(universal("Help!", "en-US"), Some(Universal::Help));
        assert_eq!(universal("help with my bill", "en-US"), None);
        assert_eq!(universal("otra vez", "es-MX"), Some(Universal::Repeat));
        assert_eq!(universal("RÉPÉTEZ", "fr"), Some(Universal::Repeat));
        assert_eq!(universal("¡Ayuda!", "es"), Some(Universal::Help));
        for words in WORDS {
            for phrase in words.repeat.iter().chain(words.help) {
                assert_eq!(normalise(phrase), *phrase, "{}", words.language);
            }
        }
        assert_eq!(normalise("That’s  MINE, 'Élan'!"), "that's mine élan");
    }
}
