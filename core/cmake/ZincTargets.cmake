# SPDX-License-Identifier: MIT
# What every target of this build shares: the language, the warnings, the sanitizers.

# zinc_target(<target>): compile it as the house compiles C.
function(zinc_target target)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11
    C_STANDARD_REQUIRED ON
    C_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(${target} PRIVATE _FILE_OFFSET_BITS=64)
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic
      -Wconversion -Wshadow -Wstrict-prototypes>)
    if(ZINC_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  endif()
  zinc_sanitize(${target})
endfunction()

# zinc_sanitize(<target>): apply ZINC_SANITIZE to a target of any language.
function(zinc_sanitize target)
  if(ZINC_SANITIZE)
    list(JOIN ZINC_SANITIZE "," names)
    target_compile_options(${target} PRIVATE -fsanitize=${names} -fno-omit-frame-pointer
      -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${names})
  endif()
endfunction()

# zinc_test(<kind> <file> <library>): one program and one CTest test, <kind>.<name of the file>.
function(zinc_test kind file library)
  get_filename_component(name "${file}" NAME_WE)
  set(target ${kind}.${name})
  add_executable(${target} "${file}")
  zinc_target(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/core/src" "${PROJECT_SOURCE_DIR}/core/tests/support")
  target_link_libraries(${target} PRIVATE ${library})
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300 LABELS ${kind})
endfunction()
