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

# zinc_test(<kind> <file> <library>): a program, <kind>.<name of the file>. It is one CTest test,
# or, where it has a table of cases (cases.h), one a case: <kind>.<name of the file>.<case>.
function(zinc_test kind file library)
  get_filename_component(name "${file}" NAME_WE)
  set(target ${kind}.${name})
  set(label ${kind})
  if(name STREQUAL "chaos")
    set(label chaos) # takes a minute; `ctest -L stress` does without it
  endif()
  add_executable(${target} "${file}")
  zinc_target(${target})
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/core/src" "${PROJECT_SOURCE_DIR}/core/tests/support")
  target_link_libraries(${target} PRIVATE ${library})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(STRINGS "${file}" table REGEX "cases_main(_backends)?\\(")
  if(table)
    # The program is asked for its cases when ctest starts, so that the list is never stale.
    set(list "${CMAKE_CURRENT_BINARY_DIR}/${target}.cases.cmake")
    file(GENERATE OUTPUT "${list}" CONTENT
      "set(target ${target})\nset(label ${label})\nset(program \"$<TARGET_FILE:${target}>\")\n\
include(\"${PROJECT_SOURCE_DIR}/core/cmake/ZincCases.cmake\")\n")
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${list}")
  else()
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300 LABELS ${label})
  endif()
endfunction()
