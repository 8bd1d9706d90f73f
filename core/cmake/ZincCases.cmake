# SPDX-License-Identifier: MIT
# Read by ctest, with target, label and program set: one test for each case that the program lists.
execute_process(COMMAND "${program}" --list OUTPUT_VARIABLE cases RESULT_VARIABLE failed
  ERROR_VARIABLE said)
string(REGEX MATCHALL "[^\n]+" cases "${cases}")
if(failed OR NOT cases)
  # Not built, or broken: a test of this name fails and shows why.
  set(cases "--list")
endif()
foreach(case IN LISTS cases)
  add_test("${target}.${case}" "${program}" "${case}")
  set_tests_properties("${target}.${case}" PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300
    LABELS "${label}")
endforeach()
