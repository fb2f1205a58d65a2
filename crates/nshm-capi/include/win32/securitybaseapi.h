/* Security descriptors: who may open an object. */

#ifndef NSHM_WIN32_SECURITYBASEAPI_H
#define NSHM_WIN32_SECURITYBASEAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

NSHM_WIN32_BEGIN

BOOL WINAPI InitializeAcl(PACL pAcl, DWORD nAclLength, DWORD dwAclRevision)
    NSHM_WIN32_SYMBOL(InitializeAcl);
BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                         DWORD dwRevision)
    NSHM_WIN32_SYMBOL(InitializeSecurityDescriptor);
BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bDaclPresent,
                                      PACL pDacl, BOOL bDaclDefaulted)
    NSHM_WIN32_SYMBOL(SetSecurityDescriptorDacl);

NSHM_WIN32_END

#endif
#endif
