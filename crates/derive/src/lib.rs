//! `#[derive(Record)]`: a struct whose fields are the columns of a flow record.
//!
//! ```
//! use nfstream_derive::Record;
//!
//! /// What a plugin tells of a flow.
//! #[derive(Record)]
//! struct SmallPackets {
//!     /// Packets of at most 64 bytes.
//!     #[column(unit = "packets")]
//!     small_packets: u64,
//!     /// Their share of all packets; missing without packets.
//!     small_share: Option<f64>,
//! }
//!
//! let mut schema = nfstream_flow::Schema::default();
//! <SmallPackets as nfstream_flow::Record>::columns(&mut schema);
//! let [packets, share] = schema.columns() else { panic!("two fields, two columns") };
//! assert_eq!((&*packets.name, &*packets.unit), ("small_packets", "packets"));
//! assert_eq!(packets.doc, "Packets of at most 64 bytes.");
//! assert!(share.nullable);
//! ```
//!
//! A field's type must be a `Value` (integers, floats, `bool`, text, addresses, lists, `Option`), its documentation becomes
//! the column's, and `#[column(…)]` may give a `unit` and another `name`. Whoever derives must depend on `nfstream` or on
//! `nfstream-flow`.

use proc_macro::TokenStream;
use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream as Tokens};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta,
};

/// Implements `Record` for a struct with named fields: one column a field.
///
/// An enum, a union or a struct without field names is refused:
///
/// ```compile_fail
/// #[derive(nfstream_derive::Record)]
/// struct Unnamed(u64);
/// ```
///
/// So is a field whose type cannot stand in a column:
///
/// ```compile_fail
/// #[derive(nfstream_derive::Record)]
/// struct NoColumn { field: std::time::Duration }
/// ```
#[proc_macro_derive(Record, attributes(column))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    implement(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// The implementation for one struct.
fn implement(input: &DeriveInput) -> syn::Result<Tokens> {
    let flow = flow_crate(input.span())?;
    let fields = named_fields(input)?;
    let columns = fields
        .into_iter()
        .map(Column::of)
        .collect::<syn::Result<Vec<_>>>()?;
    let declare = columns.iter().map(|column| {
        let Column {
            name,
            unit,
            doc,
            field,
        } = column;
        let ty = &field.ty;
        quote! {
            schema.push(
                #flow::record::Column::new(#name, <#ty as #flow::record::Value>::TYPE)
                    .nullable(<#ty as #flow::record::Value>::NULLABLE)
                    .unit(#unit)
                    .doc(#doc),
            );
        }
    });
    let write = columns.iter().map(|column| {
        let field = &column.field.ident;
        quote!(#flow::record::Value::write(&self.#field, row);)
    });
    let nulls = columns.iter().map(|_| quote!(row.null();));
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics #flow::Record for #name #arguments #bounds {
            fn columns(schema: &mut #flow::Schema) {
                #(#declare)*
            }

            fn write<__W: #flow::record::RowWriter + ?Sized>(&self, row: &mut __W) {
                #(#write)*
            }

            fn write_null<__W: #flow::record::RowWriter + ?Sized>(row: &mut __W) {
                #(#nulls)*
            }
        }
    })
}

/// The path of the crate `nfstream-flow` where the macro is used: of its own, or through the facade.
fn flow_crate(span: Span) -> syn::Result<Tokens> {
    for (package, path) in [("nfstream-flow", quote!()), ("nfstream", quote!(::flow))] {
        let name = match crate_name(package) {
            Ok(FoundCrate::Itself) => package.replace('-', "_"),
            Ok(FoundCrate::Name(name)) => name,
            Err(_) => continue,
        };
        let name = Ident::new(&name, Span::call_site());
        return Ok(quote!(::#name #path));
    }
    let message = "deriving Record needs `nfstream` or `nfstream-flow` among the dependencies";
    Err(Error::new(span, message))
}

fn named_fields(input: &DeriveInput) -> syn::Result<Vec<&Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            fields => Err(Error::new(
                fields.span(),
                "columns need names: a struct with named fields",
            )),
        },
        _ => Err(Error::new(
            input.span(),
            "a record is a struct: its columns are always the same",
        )),
    }
}

/// One column, as its field declares it.
struct Column<'a> {
    name: String,
    unit: String,
    doc: String,
    field: &'a Field,
}

impl<'a> Column<'a> {
    fn of(field: &'a Field) -> syn::Result<Self> {
        let ident = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut column = Self {
            name: ident.trim_start_matches("r#").to_owned(),
            unit: String::new(),
            doc: documentation(&field.attrs),
            field,
        };
        for attribute in field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("column"))
        {
            attribute.parse_nested_meta(|meta| {
                let target = if meta.path.is_ident("unit") {
                    &mut column.unit
                } else if meta.path.is_ident("name") {
                    &mut column.name
                } else {
                    return Err(meta.error("a column has a `unit` and a `name`"));
                };
                *target = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            })?;
        }
        Ok(column)
    }
}

/// The lines of a documentation comment, joined.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}
