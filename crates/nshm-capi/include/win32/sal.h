/* Annotations of parameters. They speak to a checker of another compiler and mean nothing here. */

#ifndef NSHM_WIN32_SAL_H
#define NSHM_WIN32_SAL_H
#ifndef _WIN32

#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_range_(low, high)
#define _In_reads_(count)
#define _In_reads_opt_(count)
#define _In_reads_z_(count)
#define _In_reads_opt_z_(count)
#define _In_reads_bytes_(size)
#define _In_reads_bytes_opt_(size)
#define _In_reads_or_z_(count)
#define _In_reads_to_ptr_(end)

#define _Out_
#define _Out_opt_
#define _Out_range_(low, high)
#define _Out_writes_(count)
#define _Out_writes_opt_(count)
#define _Out_writes_z_(count)
#define _Out_writes_opt_z_(count)
#define _Out_writes_bytes_(size)
#define _Out_writes_bytes_opt_(size)
#define _Out_writes_to_(size, count)
#define _Out_writes_to_opt_(size, count)
#define _Out_writes_bytes_to_(size, count)
#define _Out_writes_bytes_to_opt_(size, count)
#define _Out_writes_all_(count)
#define _Out_writes_bytes_all_(size)

#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _Inout_opt_z_
#define _Inout_updates_(count)
#define _Inout_updates_opt_(count)
#define _Inout_updates_z_(count)
#define _Inout_updates_bytes_(size)
#define _Inout_updates_bytes_opt_(size)
#define _Inout_updates_all_(count)

#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_opt_result_maybenull_
#define _Outptr_result_z_
#define _Outptr_result_nullonfailure_
#define _Outptr_result_buffer_(count)
#define _Outptr_result_bytebuffer_(size)
#define _COM_Outptr_

#define _Ret_maybenull_
#define _Ret_notnull_
#define _Ret_null_
#define _Ret_valid_
#define _Ret_z_
#define _Ret_maybenull_z_
#define _Ret_range_(low, high)
#define _Ret_writes_(count)
#define _Ret_writes_bytes_(size)
#define _Ret_writes_maybenull_(count)
#define _Ret_writes_bytes_maybenull_(size)

#define _Pre_maybenull_
#define _Pre_notnull_
#define _Pre_null_
#define _Pre_valid_
#define _Pre_satisfies_(condition)
#define _Pre_z_
#define _Post_equal_to_(value)
#define _Post_invalid_
#define _Post_maybenull_
#define _Post_notnull_
#define _Post_ptr_invalid_
#define _Post_satisfies_(condition)
#define _Post_valid_
#define _Post_writable_byte_size_(size)
#define _Post_z_

#define _Always_(annotations)
#define _At_(target, annotations)
#define _On_failure_(annotations)
#define _Success_(condition)
#define _When_(condition, annotations)

#define _Check_return_
#define _Check_return_opt_
#define _Const_
#define _Deref_out_range_(low, high)
#define _Field_size_(count)
#define _Field_size_opt_(count)
#define _Field_size_bytes_(size)
#define _Field_range_(low, high)
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Function_class_(name)
#define _Interlocked_operand_
#define _IRQL_requires_max_(level)
#define _Maybenull_
#define _Must_inspect_result_
#define _Notnull_
#define _Null_terminated_
#define _Points_to_data_
#define _Printf_format_string_
#define _Readable_bytes_(size)
#define _Readable_elements_(count)
#define _Reserved_
#define _Result_nullonfailure_
#define _Result_zeroonfailure_
#define _Ret_opt_
#define _Scanf_format_string_
#define _Use_decl_annotations_
#define _Valid_
#define _Writable_bytes_(size)
#define _Writable_elements_(count)

#define _Acquires_lock_(lock)
#define _Releases_lock_(lock)
#define _Guarded_by_(lock)
#define _Requires_lock_held_(lock)
#define _Requires_lock_not_held_(lock)

#define _Analysis_assume_(condition)
#define _Analysis_noreturn_

#endif
#endif
