//! securitybaseapi.h: the making of security descriptors and access control lists.

use super::boundary::{In, InOut, Out};
use super::last_error::or_false;
use super::types::{
    ACL, ACL_REVISIONS, BOOL, DWORD, FALSE, SE_DACL_DEFAULTED, SE_DACL_PRESENT, SE_SELF_RELATIVE,
    SECURITY_DESCRIPTOR, SECURITY_DESCRIPTOR_REVISION,
};
use super::winerror::*;

/// Makes a descriptor that says nothing: no owner, no group, no lists.
#[unsafe(export_name = "nshm_win32_InitializeSecurityDescriptor")]
pub extern "C" fn InitializeSecurityDescriptor(
    pSecurityDescriptor: Out<SECURITY_DESCRIPTOR>,
    dwRevision: DWORD,
) -> BOOL {
    or_false(|| {
        if dwRevision != DWORD::from(SECURITY_DESCRIPTOR_REVISION) {
            return Err(ERROR_UNKNOWN_REVISION);
        }
        let empty = SECURITY_DESCRIPTOR {
            Revision: SECURITY_DESCRIPTOR_REVISION,
            Sbz1: 0,
            Control: 0,
            Owner: 0,
            Group: 0,
            Sacl: 0,
            Dacl: In::null(),
        };
        if pSecurityDescriptor.set(empty) {
            Ok(())
        } else {
            Err(ERROR_INVALID_PARAMETER)
        }
    })
}

/// Gives a descriptor its list of who may do what. No list admits everybody, an empty one nobody.
/// The list is not copied.
#[unsafe(export_name = "nshm_win32_SetSecurityDescriptorDacl")]
pub extern "C" fn SetSecurityDescriptorDacl(
    pSecurityDescriptor: InOut<SECURITY_DESCRIPTOR>,
    bDaclPresent: BOOL,
    pDacl: In<ACL>,
    bDaclDefaulted: BOOL,
) -> BOOL {
    or_false(|| {
        let mut descriptor = pSecurityDescriptor.get().ok_or(ERROR_INVALID_PARAMETER)?;
        if descriptor.Revision != SECURITY_DESCRIPTOR_REVISION {
            return Err(ERROR_UNKNOWN_REVISION);
        }
        if descriptor.Control & SE_SELF_RELATIVE != 0 {
            return Err(ERROR_INVALID_SECURITY_DESCR);
        }
        descriptor.Control &= !(SE_DACL_PRESENT | SE_DACL_DEFAULTED);
        descriptor.Dacl = In::null();
        if bDaclPresent != FALSE {
            descriptor.Control |= SE_DACL_PRESENT;
            descriptor.Dacl = pDacl;
            if bDaclDefaulted != FALSE {
                descriptor.Control |= SE_DACL_DEFAULTED;
            }
        }
        pSecurityDescriptor.set(descriptor);
        Ok(())
    })
}

/// Makes an empty list, which admits nobody.
#[unsafe(export_name = "nshm_win32_InitializeAcl")]
pub extern "C" fn InitializeAcl(pAcl: Out<ACL>, nAclLength: DWORD, dwAclRevision: DWORD) -> BOOL {
    or_false(|| {
        if (nAclLength as usize) < size_of::<ACL>() {
            return Err(ERROR_INSUFFICIENT_BUFFER);
        }
        let size = u16::try_from(nAclLength).map_err(|_| ERROR_INVALID_PARAMETER)?;
        let revision = u8::try_from(dwAclRevision).map_err(|_| ERROR_INVALID_PARAMETER)?;
        if !ACL_REVISIONS.contains(&dwAclRevision) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let empty = ACL {
            AclRevision: revision,
            // Whole words, as on Windows.
            AclSize: size & !3,
            ..ACL::default()
        };
        if pAcl.set(empty) {
            Ok(())
        } else {
            Err(ERROR_INVALID_PARAMETER)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::last_error;
    use super::super::security::{self, Protection};
    use super::super::types::{SECURITY_ATTRIBUTES, TRUE};
    use super::*;

    fn descriptor() -> SECURITY_DESCRIPTOR {
        // As C has it: not initialised.
        let mut descriptor = SECURITY_DESCRIPTOR {
            Revision: 9,
            Sbz1: 9,
            Control: 0xFFFF,
            Owner: 9,
            Group: 9,
            Sacl: 9,
            Dacl: In::null(),
        };
        let done = InitializeSecurityDescriptor(Out::of(&mut descriptor), 1);
        assert_eq!(done, TRUE);
        descriptor
    }

    fn read(descriptor: &SECURITY_DESCRIPTOR, inherits: BOOL) -> Result<(bool, Protection)> {
        security::read(In::of(&SECURITY_ATTRIBUTES {
            nLength: 0,
            lpSecurityDescriptor: In::of(descriptor),
            bInheritHandle: inherits,
        }))
    }

    #[test]
    fn no_list_is_everybody_and_an_empty_one_nobody() {
        assert_eq!(security::read(In::NULL), Ok((false, Protection::Default)));
        let mut descriptor = descriptor();
        assert_eq!(read(&descriptor, TRUE), Ok((true, Protection::Default)));
        let place = InOut::of(&mut descriptor);
        assert_eq!(
            SetSecurityDescriptorDacl(place, TRUE, In::NULL, FALSE),
            TRUE
        );
        assert_eq!(read(&descriptor, FALSE), Ok((false, Protection::Everyone)));
        let mut list = ACL::default();
        assert_eq!(InitializeAcl(Out::of(&mut list), 1027, 2), TRUE);
        assert_eq!((list.AclRevision, list.AclSize), (2, 1024));
        let place = InOut::of(&mut descriptor);
        assert_eq!(
            SetSecurityDescriptorDacl(place, TRUE, In::of(&list), TRUE),
            TRUE
        );
        assert_eq!(descriptor.Control, SE_DACL_PRESENT | SE_DACL_DEFAULTED);
        assert_eq!(read(&descriptor, FALSE), Ok((false, Protection::Nobody)));
        for (count, revision, error) in [(1, 2, ERROR_NOT_SUPPORTED), (0, 0, ERROR_INVALID_ACL)] {
            let other = ACL {
                AceCount: count,
                AclRevision: revision,
                ..list
            };
            let place = InOut::of(&mut descriptor);
            SetSecurityDescriptorDacl(place, TRUE, In::of(&other), FALSE);
            assert_eq!(read(&descriptor, FALSE), Err(error));
        }
        let place = InOut::of(&mut descriptor);
        assert_eq!(
            SetSecurityDescriptorDacl(place, FALSE, In::NULL, FALSE),
            TRUE
        );
        assert_eq!(read(&descriptor, FALSE), Ok((false, Protection::Default)));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let mut descriptor = descriptor();
        let refused = |done, number: u32| {
            assert_eq!(done, FALSE);
            assert_eq!(last_error::get(), number);
        };
        refused(
            InitializeSecurityDescriptor(Out::of(&mut descriptor), 2),
            1305,
        );
        refused(InitializeSecurityDescriptor(Out::NULL, 1), 87);
        refused(
            SetSecurityDescriptorDacl(InOut::NULL, TRUE, In::NULL, FALSE),
            87,
        );
        descriptor.Revision = 9;
        let place = InOut::of(&mut descriptor);
        refused(
            SetSecurityDescriptorDacl(place, TRUE, In::NULL, FALSE),
            1305,
        );
        assert_eq!(read(&descriptor, FALSE), Err(ERROR_UNKNOWN_REVISION));
        descriptor.Revision = 1;
        descriptor.Control = SE_SELF_RELATIVE | SE_DACL_PRESENT;
        let place = InOut::of(&mut descriptor);
        refused(
            SetSecurityDescriptorDacl(place, TRUE, In::NULL, FALSE),
            1338,
        );
        assert_eq!(read(&descriptor, FALSE), Err(ERROR_NOT_SUPPORTED));
        let mut list = ACL::default();
        refused(InitializeAcl(Out::of(&mut list), 7, 2), 122);
        refused(InitializeAcl(Out::of(&mut list), 0x1_0000, 2), 87);
        refused(InitializeAcl(Out::of(&mut list), 64, 1), 87);
        refused(InitializeAcl(Out::NULL, 64, 2), 87);
    }
}
