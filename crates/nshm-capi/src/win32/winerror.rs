//! winerror.h: the error numbers that this layer gives, each with its words for `FormatMessage`.

/// An error number of Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Win32Error(pub(crate) u32);

/// What a function gives that may fail.
pub(crate) type Result<T, E = Win32Error> = std::result::Result<T, E>;

macro_rules! errors {
    ($($name:ident $number:literal $words:literal)*) => {
        $(#[allow(dead_code, reason = "some are there for their words")]
        pub(crate) const $name: Win32Error = Win32Error($number);)*

        /// Numbers and words, in ascending order.
        const WORDS: &[(u32, &str)] = &[$(($number, $words)),*];
    };
}

errors! {
    ERROR_SUCCESS 0 "Nothing has gone wrong."
    ERROR_INVALID_FUNCTION 1 "This cannot be done with an object of this kind."
    ERROR_FILE_NOT_FOUND 2 "There is nothing of that name."
    ERROR_PATH_NOT_FOUND 3 "There is no such folder or prefix."
    ERROR_TOO_MANY_OPEN_FILES 4 "This process has as many files open as it may."
    ERROR_ACCESS_DENIED 5 "Access is denied."
    ERROR_INVALID_HANDLE 6 "The handle is closed, or is of another kind of object."
    ERROR_NOT_ENOUGH_MEMORY 8 "There is not enough memory for this."
    ERROR_WRITE_PROTECT 19 "The file system is read-only."
    ERROR_NOT_READY 21 "The device is not ready."
    ERROR_BAD_LENGTH 24 "The length is too small for the answer."
    ERROR_SHARING_VIOLATION 32 "The file is open elsewhere in a way that excludes this."
    ERROR_HANDLE_EOF 38 "The end of the file is reached."
    ERROR_NOT_SUPPORTED 50 "This is not supported."
    ERROR_FILE_EXISTS 80 "The file is there already."
    ERROR_INVALID_PARAMETER 87 "A parameter has a value that is not allowed."
    ERROR_BUFFER_OVERFLOW 111 "The file name is too long."
    ERROR_DISK_FULL 112 "The disk is full."
    ERROR_SEM_TIMEOUT 121 "The time that was allowed has passed."
    ERROR_INSUFFICIENT_BUFFER 122 "The buffer is too small for the answer."
    ERROR_INVALID_NAME 123 "The name breaks a rule."
    ERROR_NEGATIVE_SEEK 131 "A file has no position in front of its beginning."
    ERROR_BAD_PATHNAME 161 "The name must not begin with a backslash."
    ERROR_ALREADY_EXISTS 183 "There is an object or a file of that name already."
    ERROR_BAD_EXE_FORMAT 193 "This is no program that could be mapped as an image."
    ERROR_FILENAME_EXCED_RANGE 206 "The name is too long."
    ERROR_FILE_TOO_LARGE 223 "The file system holds no file of that size."
    ERROR_NO_DATA 232 "Nobody reads at the other end of the pipe."
    ERROR_DIRECTORY 267 "The name of the folder is not valid."
    ERROR_NOT_OWNER 288 "The mutex belongs to another thread."
    ERROR_TOO_MANY_POSTS 298 "The semaphore would count beyond its limit."
    ERROR_MR_MID_NOT_FOUND 317 "There is no message for this number."
    ERROR_INVALID_ADDRESS 487 "The address is taken, or there is nothing of the kind there."
    ERROR_NOACCESS 998 "Memory at this address cannot be used in this way."
    ERROR_FILE_INVALID 1006 "The file is empty, or is none that could be mapped."
    ERROR_IO_DEVICE 1117 "The device failed to read or to write."
    ERROR_POSSIBLE_DEADLOCK 1131 "This thread would wait for itself."
    ERROR_MAPPED_ALIGNMENT 1132 "The base address or the offset is not a multiple of 65536."
    ERROR_USER_MAPPED_FILE 1224 "A view of the file is mapped, so it cannot be cut short."
    ERROR_UNKNOWN_REVISION 1305 "The revision is not known."
    ERROR_PRIVILEGE_NOT_HELD 1314 "This takes a privilege that you do not have."
    ERROR_INVALID_ACL 1336 "The access control list is not valid."
    ERROR_INVALID_SECURITY_DESCR 1338 "The security descriptor is not valid."
    ERROR_INTERNAL_ERROR 1359 "An error of this library itself."
    ERROR_FILE_CORRUPT 1392 "What lies under this name was not made by this library."
    ERROR_INVALID_MSGBOX_STYLE 1438 "The style of the message box is not known."
    ERROR_NO_SYSTEM_RESOURCES 1450 "The system has no more objects of this kind to give."
    ERROR_COMMITMENT_LIMIT 1455 "The system cannot promise that much memory."
    ERROR_TIMEOUT 1460 "The time that was allowed has passed."
    ERROR_RESOURCE_DATA_NOT_FOUND 1812 "The module has no messages."
    ERROR_CANT_RESOLVE_FILENAME 1921 "The links of the path lead in a circle."
}

impl Win32Error {
    /// The words for an error number.
    pub(crate) fn words(self) -> Option<&'static str> {
        WORDS
            .iter()
            .find(|(number, _)| *number == self.0)
            .map(|(_, words)| *words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_words_of_its_own() {
        assert_eq!(ERROR_ACCESS_DENIED.words(), Some("Access is denied."));
        assert_eq!(Win32Error(0xDEAD).words(), None);
        assert!(
            WORDS.is_sorted_by(|a, b| a.0 < b.0),
            "one row a number, in order"
        );
        for (number, words) in WORDS {
            assert!(words.ends_with('.') && words.is_ascii(), "{number}");
        }
    }
}
