//! Names: what a text means, how it is printed, and which file carries it.

use crate::model::name::{self as model, Place};
use crate::name::{MAX_FILE_NAME, Name, Scope, decode, encode, encode_file_name};

/// The input is some texts, with a byte between that no UTF-8 has.
pub fn run(data: &[u8]) {
    let texts: Vec<_> = data
        .split(|byte| *byte == 0xff)
        .map(String::from_utf8_lossy)
        .collect();
    for text in &texts {
        means_what_the_model_says(text);
        has_one_encoding(text);
    }
    for two in texts.windows(2) {
        are_kept_apart(&two[0], &two[1]);
    }
}

fn means_what_the_model_says(text: &str) {
    let name = match (Name::new(text), model::read(text)) {
        (Ok(name), Ok((place, leaf))) => {
            assert_eq!(place_of(name.scope()), place);
            assert_eq!(name.leaf(), leaf);
            name
        }
        (Err(error), Err(rule)) => {
            assert_eq!(error.invalid_name(), Some(rule), "{text:?}");
            return;
        }
        (name, model) => panic!("{text:?}: {name:?}, and by the model {model:?}"),
    };
    let printed = name.to_string();
    let again = Name::new(&printed).expect("what is printed is a name");
    assert_eq!(again, name);
    assert_eq!(again.to_string(), printed, "it is printed in one way");
    assert_eq!(Name::in_scope(name.scope(), name.leaf()).ok(), Some(name));
}

fn place_of(scope: &Scope) -> Place {
    match scope {
        Scope::Local => Place::Local,
        Scope::Global => Place::Global,
        Scope::Session(number) => Place::Session(*number),
        Scope::Posix => Place::Posix,
        Scope::Private(_) => panic!("no text is the name of a private namespace"),
    }
}

/// Any text, taken for a leaf and for what a file name says.
fn has_one_encoding(text: &str) {
    let encoded = encode(text);
    assert_eq!(encoded, model::encode(text));
    assert_eq!(decode(&encoded).as_deref(), Some(text));
    let file_name = encode_file_name(text, &encoded);
    assert!(file_name.len() <= MAX_FILE_NAME);
    assert!(!file_name.starts_with('.') && !file_name.contains('/'));
    assert!(!file_name.bytes().any(|byte| byte.is_ascii_control()));
    if encoded.len() <= MAX_FILE_NAME {
        assert_eq!(file_name, encoded);
    } else {
        assert_eq!(decode(&file_name), None, "a hash is no encoding");
    }
    if let Some(leaf) = decode(text) {
        assert_eq!(encode(&leaf), text, "a leaf has one encoding");
    }
}

fn are_kept_apart(one: &str, other: &str) {
    let file = |leaf| encode_file_name(leaf, &encode(leaf)).into_owned();
    assert_eq!(encode(one) == encode(other), one == other);
    assert_eq!(file(one) == file(other), one == other);
    let (Ok(name), Ok(second)) = (Name::new(one), Name::new(other)) else {
        return;
    };
    let are_one = name.leaf() == second.leaf() && name.scope() == second.scope();
    assert_eq!(name == second, are_one);
}
