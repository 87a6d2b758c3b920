//! The text of a statement: finds its parameters, `:name`, and refuses what would let a value become part of the text, or
//! a second statement follow the first. It knows where texts, quoted names and comments begin and end, in SQLite and in
//! PostgreSQL; it does not know SQL otherwise, which the database checks.

/// What a statement may begin with. What else a database understands (making tables, attaching files, settings) is no
/// business of a conversation.
const VERBS: [&str; 12] =
    ["select", "with", "values", "table", "show", "explain", "insert", "update", "delete", "replace", "merge", "call"];

/// A statement whose parameters are numbered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The text, with `$1`, `$2`, … in place of names.
    pub(super) text: String,
    /// The names, in the order of their numbers; each once.
    pub(super) names: Vec<String>,
}

impl Statement {
    /// Reads a text; fails with a sentence for its author.
    pub(super) fn read(sql: &str) -> Result<Statement, String> {
        if sql.contains("{{") || sql.contains("{%") || sql.trim_start().starts_with('=') {
            return Err("SQL is no template: write `:name` for a value, and give it under `params`".into());
        }
        let mut reader = Reader { sql, at: 0, text: String::with_capacity(sql.len()), names: Vec::new() };
        reader.run()?;
        let verb = first_word(&reader.text).to_ascii_lowercase();
        if !VERBS.contains(&verb.as_str()) {
            let verb = if verb.is_empty() { "nothing" } else { &verb };
            return Err(format!("a statement begins with one of {}, not with {verb}", VERBS.join(", ")));
        }
        Ok(Statement { text: reader.text, names: reader.names })
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The first word behind white space, comments and opening parentheses.
fn first_word(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            return &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        }
    }
}

struct Reader<'a> {
    sql: &'a str,
    at: usize,
    text: String,
    names: Vec<String>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.sql[self.at..]
    }

    /// Takes so many bytes over as they are.
    fn copy(&mut self, bytes: usize) {
        let end = self.at + bytes;
        self.text.push_str(&self.sql[self.at..end]);
        self.at = end;
    }

    /// Takes over everything up to the end of `close`, and `skip` bytes before it is looked for.
    fn copy_until(&mut self, skip: usize, close: &str, what: &str) -> Result<(), String> {
        let found = self.rest()[skip..].find(close);
        let found = found.ok_or_else(|| format!("{what} is not closed"))?;
        self.copy(skip + found + close.len());
        Ok(())
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest().chars().next() {
            let rest = self.rest();
            match c {
                '\'' => self.quoted()?,
                '"' => self.copy_until(1, "\"", "a quoted name")?,
                '`' => self.copy_until(1, "`", "a quoted name")?,
                '-' if rest.starts_with("--") => {
                    let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
                    self.copy(line);
                }
                '/' if rest.starts_with("/*") => self.comment()?,
                ';' => {
                    if !first_word(&rest[1..]).is_empty() || rest[1..].contains(['\'', '"', ':', ';']) {
                        return Err("one statement only: nothing may follow the `;`".into());
                    }
                    self.at = self.sql.len();
                }
                '$' => self.dollar()?,
                '?' => return Err("write `:name` for a value, not `?`".into()),
                '@' if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                    return Err("write `:name` for a value, not `@name`".into());
                }
                ':' => self.colon(),
                c if is_word(c) => {
                    let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                    let escapes = rest[..word].eq_ignore_ascii_case("e") && rest[word..].starts_with('\'');
                    self.copy(word);
                    if escapes {
                        self.escaped()?;
                    }
                }
                c => self.copy(c.len_utf8()),
            }
        }
        Ok(())
    }

    /// `'…'`, in which `''` is a quote. Two such texts next to each other read the same way.
    fn quoted(&mut self) -> Result<(), String> {
        self.copy_until(1, "'", "a text")
    }

    /// PostgreSQL's `E'…'`, in which a backslash escapes.
    fn escaped(&mut self) -> Result<(), String> {
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '\'' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (end, _) = end.ok_or("a text is not closed")?;
        self.copy(end + 1);
        Ok(())
    }

    /// `/* … */`; they nest in PostgreSQL, so that a comment which would end sooner in SQLite is refused.
    fn comment(&mut self) -> Result<(), String> {
        let end = self.rest().find("*/").ok_or("a comment is not closed")?;
        if self.rest()[2..end].contains("/*") {
            return Err("a comment within a comment ends at different places in different databases".into());
        }
        self.copy(end + 2);
        Ok(())
    }

    /// `$$…$$` or `$tag$…$tag$`.
    fn dollar(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let tag = 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1);
        if rest[1..].starts_with(|c: char| c.is_ascii_digit()) || !rest[tag..].starts_with('$') {
            return Err("write `:name` for a value, not `$1`".into());
        }
        let tag = rest[..=tag].to_owned();
        self.copy_until(tag.len(), &tag, "a text")
    }

    fn colon(&mut self) {
        let rest = self.rest();
        if rest.starts_with("::") {
            return self.copy(2);
        }
        let name = &rest[1..1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1)];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return self.copy(1);
        }
        let number = match self.names.iter().position(|known| known == name) {
            Some(place) => place + 1,
            None => {
                self.names.push(name.to_owned());
                self.names.len()
            }
        };
        let length = 1 + name.len();
        self.text.push_str(&format!("${number}"));
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::Statement;

    fn read(sql: &str) -> (String, Vec<String>) {
        let statement = Statement::read(sql).unwrap_or_else(|why| panic!("{sql}: {why}"));
        (statement.text, statement.names)
    }

    #[test]
    fn parameters_are_numbered_and_what_looks_like_one_is_left_alone() {
        for (sql, text, names) in [
            ("select :a, :b, :a", "select $1, $2, $1", vec!["a", "b"]),
            ("select ':a' || ':b''s' where x = :c;", "select ':a' || ':b''s' where x = $1", vec!["c"]),
            ("select \":a\", `:b`, x::int from t", "select \":a\", `:b`, x::int from t", vec![]),
            ("-- :no\n select /* :no */ :yes", "-- :no\n select /* :no */ $1", vec!["yes"]),
            ("select e'it\\'s :no', :yes", "select e'it\\'s :no', $1", vec!["yes"]),
            ("select 'it\\', :yes", "select 'it\\', $1", vec!["yes"]),
            ("select $$ :no ' $$, $x$ $$ :no $x$, :yes", "select $$ :no ' $$, $x$ $$ :no $x$, $1", vec!["yes"]),
            ("select a[1:2], b := 3, '12:30'", "select a[1:2], b := 3, '12:30'", vec![]),
            ("(select :ä1)", "(select :ä1)", vec![]),
            ("WITH x AS (values (:Über)) select 1 ; -- end", "WITH x AS (values (:Über)) select 1 ", vec![]),
        ] {
            assert_eq!(read(sql), (text.to_owned(), names.iter().map(|name| (*name).to_owned()).collect()), "{sql}");
        }
    }

    #[test]
    fn what_is_no_single_statement_of_ours_is_refused() {
        for (sql, why) in [
            ("select '{{ name }}'", "no template"),
            ("= sql", "no template"),
            ("select {% if x %}1{% endif %}", "no template"),
            ("select 1; delete from t", "one statement"),
            ("select 1;;", "one statement"),
            ("drop table t", "not with drop"),
            ("attach 'x' as y", "not with attach"),
            ("pragma writable_schema = on", "not with pragma"),
            ("copy t to program 'x'", "not with copy"),
            ("", "not with nothing"),
            ("-- select\n", "not with nothing"),
            ("select ?", "not `?`"),
            ("select $1", "not `$1`"),
            ("select @a", "not `@name`"),
            ("select 'open", "a text is not closed"),
            ("select e'open\\'", "a text is not closed"),
            ("select \"open", "a quoted name is not closed"),
            ("select 1 /* open", "a comment is not closed"),
            ("select 1 /* /* */ , 2 */", "a comment within a comment"),
        ] {
            let told = Statement::read(sql).expect_err(sql);
            assert!(told.contains(why), "{sql}: {told}");
        }
    }
}
