// SPDX-License-Identifier: MIT
//! Errors as users of the language meet them.

mod support;

use std::io;

use support::Name;
use zinc::{Error, SharedRegion};

#[test]
fn an_error_is_an_io_error_where_one_is_wanted() {
    fn open(name: &Name) -> io::Result<SharedRegion> {
        Ok(SharedRegion::open(name)?)
    }
    let name = Name::new();
    let error = open(&name).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains(name.as_str()), "{error}");
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    assert_eq!(inner.map(Error::status), Some(-2));
}

#[test]
fn an_error_is_told_with_cause_and_remedy() {
    let name = Name::new();
    let error = SharedRegion::open(&name).unwrap_err();
    assert_eq!(error.to_string(), error.message());
    assert!(!error.cause().is_empty() && !error.remedy().is_empty());
    assert_eq!(error.system_errno(), Some(2));
    assert_eq!(error.clone(), error);
    let shown = format!("{error:?}");
    assert!(shown.contains("NotFound") && shown.contains("ZINC_E_NOENT"), "{shown}");
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.source().is_none());
}

#[test]
fn closed_is_a_broken_pipe_to_io() {
    let name = Name::new();
    let region = SharedRegion::create(&name, 64).unwrap();
    region.close();
    let error = io::Error::from(region.notify().unwrap_err());
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert!(error.to_string().contains("closed"), "{error}");
}
