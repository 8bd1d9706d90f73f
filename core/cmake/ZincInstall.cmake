# SPDX-License-Identifier: MIT
# What `cmake --install` lays down: libraries, headers, zinc.pc, the CMake package, and, with the
# command, its man page and shell completions. Everything is found relative to itself, so that the
# tree may be moved.
include(CMakePackageConfigHelpers)

set(zinc_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/zinc")
install(TARGETS zinc zinc_static EXPORT zinc-targets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT zinc-targets NAMESPACE zinc:: DESTINATION ${zinc_package_dir})

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/zinc-config.cmake.in"
  "${PROJECT_BINARY_DIR}/zinc-config.cmake" INSTALL_DESTINATION ${zinc_package_dir})
# Before 1.0 a minor release may break programs; a patch never does.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/zinc-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/zinc-config.cmake"
  "${PROJECT_BINARY_DIR}/zinc-config-version.cmake" DESTINATION ${zinc_package_dir})

# zinc.pc names its directories from where it lies; absolute ones stay as they were given.
function(zinc_pc_directory variable directory)
  if(IS_ABSOLUTE "${directory}")
    set(${variable} "${directory}" PARENT_SCOPE)
  else()
    set(${variable} "\${prefix}/${directory}" PARENT_SCOPE)
  endif()
endfunction()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(zinc_pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH zinc_pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" zinc_pc_up "${zinc_pc_up}")
  set(zinc_pc_prefix "\${pcfiledir}/${zinc_pc_up}")
endif()
zinc_pc_directory(zinc_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
zinc_pc_directory(zinc_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/zinc.pc.in" "${PROJECT_BINARY_DIR}/zinc.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/zinc.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET zinc_cli)
  install(TARGETS zinc_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(zinc_cli_dir "${PROJECT_SOURCE_DIR}/core/cli")
  foreach(pair
      "zinc.1|${CMAKE_INSTALL_MANDIR}/man1|zinc.1"
      "completion/zinc.bash|${CMAKE_INSTALL_DATADIR}/bash-completion/completions|zinc"
      "completion/_zinc|${CMAKE_INSTALL_DATADIR}/zsh/site-functions|_zinc"
      "completion/zinc.fish|${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d|zinc.fish")
    string(REPLACE "|" ";" pair "${pair}")
    list(GET pair 0 from)
    list(GET pair 1 to)
    list(GET pair 2 name)
    if(EXISTS "${zinc_cli_dir}/${from}")
      install(FILES "${zinc_cli_dir}/${from}" DESTINATION "${to}" RENAME "${name}")
    endif()
  endforeach()
endif()
