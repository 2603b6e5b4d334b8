use super::*;

fn schema(names: &[&'static str]) -> Schema {
    let mut schema = Schema::default();
    for &name in names {
        schema.push(Column::new(name, ColumnType::UInt));
    }
    schema
}

#[test]
fn a_name_that_two_columns_have_is_found() {
    assert_eq!(schema(&[]).duplicate_name(), None);
    assert_eq!(schema(&["b", "a", "ab"]).duplicate_name(), None);
    assert_eq!(schema(&["b", "a", "c", "b"]).duplicate_name(), Some("b"));
}

#[test]
fn a_prefix_and_nulls_concern_only_what_is_appended() {
    let mut schema = schema(&["first"]);
    schema.prefixed("udps.", |schema| {
        schema.push(Column::new("second", ColumnType::Bool));
        schema.nullable(|schema| schema.push(Column::new("third", ColumnType::Text)));
    });
    let columns: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| (&*column.name, column.nullable))
        .collect();
    assert_eq!(
        columns,
        [
            ("first", false),
            ("udps.second", false),
            ("udps.third", true)
        ]
    );
}
