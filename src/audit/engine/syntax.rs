//! Walking over the syntax tree of a rule file.

use std::collections::BTreeSet;

use regorus::Value;
use regorus::unstable::{AssignOp, Expr, ExprRef, Literal, LiteralStmt, Query, Rule, RuleHead, Span};

use super::builtin;

/// What a walk comes by, the outer before the inner.
pub(in crate::audit) enum Node<'a> {
    /// A statement of a body.
    Statement(&'a LiteralStmt),
    /// A term or a call.
    Expression(&'a Expr),
}

/// Told of every node of a walk.
type Visitor<'v> = dyn FnMut(Node<'_>) + 'v;

/// The name a rule or function defines, its place and its parts.
pub(in crate::audit) fn name(rule: &Rule) -> String {
    let head = match rule {
        Rule::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        }
        | Rule::Default { refr, .. } => refr,
    };
    let mut path = path(head).unwrap_or_default();
    path.truncate(1);
    path.concat()
}

/// Visits everything a rule holds but its name and the patterns of its arguments.
pub(in crate::audit) fn walk(rule: &Rule, visit: &mut Visitor<'_>) {
    match rule {
        Rule::Default { value, .. } => expression(value, visit),
        Rule::Spec { head, bodies, .. } => {
            match head {
                RuleHead::Compr { refr, assign, .. } => {
                    indices(refr, visit);
                    expressions(assign.iter().map(|assign| &assign.value), visit);
                }
                RuleHead::Func { assign, .. } => expressions(assign.iter().map(|assign| &assign.value), visit),
                RuleHead::Set { refr, key, .. } => {
                    indices(refr, visit);
                    expressions(key, visit);
                }
            }
            for body in bodies {
                expressions(body.assign.iter().map(|assign| &assign.value), visit);
                query(&body.query, visit);
            }
        }
    }
}

fn query(query: &Query, visit: &mut Visitor<'_>) {
    for statement in &query.stmts {
        visit(Node::Statement(statement));
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { collection, .. } => expression(collection, visit),
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => expression(expr, visit),
            Literal::Every { domain, query: inner, .. } => {
                expression(domain, visit);
                self::query(inner, visit);
            }
        }
        for with in &statement.with_mods {
            expression(&with.r#as, visit);
        }
    }
}

fn expressions<'t>(terms: impl IntoIterator<Item = &'t ExprRef>, visit: &mut Visitor<'_>) {
    for term in terms {
        expression(term, visit);
    }
}

/// Visits a term and everything in it; the name of a called function is not a term.
pub(in crate::audit) fn expression(term: &ExprRef, visit: &mut Visitor<'_>) {
    visit(Node::Expression(term.as_ref()));
    match term.as_ref() {
        Expr::Array { items, .. } | Expr::Set { items, .. } => expressions(items, visit),
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                expression(key, visit);
                expression(value, visit);
            }
        }
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            expression(term, visit);
            self::query(query, visit);
        }
        Expr::ObjectCompr { key, value, query, .. } => {
            expression(key, visit);
            expression(value, visit);
            self::query(query, visit);
        }
        Expr::Call { params, .. } => expressions(params, visit),
        Expr::UnaryExpr { expr, .. } => expression(expr, visit),
        Expr::RefDot { refr, .. } => expression(refr, visit),
        Expr::RefBrack { refr, index, .. } => {
            expression(refr, visit);
            expression(index, visit);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            expression(lhs, visit);
            expression(rhs, visit);
        }
        Expr::Membership { key, value, collection, .. } => {
            expressions(key, visit);
            expression(value, visit);
            expression(collection, visit);
        }
        _ => {}
    }
}

/// The indices of a rule's name: `i` of `allowed[i]`.
fn indices(head: &ExprRef, visit: &mut Visitor<'_>) {
    match head.as_ref() {
        Expr::RefBrack { refr, index, .. } => {
            indices(refr, visit);
            expression(index, visit);
        }
        Expr::RefDot { refr, .. } => indices(refr, visit),
        _ => {}
    }
}

/// The parts of a reference that holds nothing but names: `data.a["b"]` is `data`, `a`, `b`.
pub(in crate::audit) fn path(term: &Expr) -> Option<Vec<String>> {
    match term {
        Expr::Var { value: Value::String(name), .. } => Some(vec![name.to_string()]),
        Expr::RefDot { refr, field: (_, Value::String(field)), .. } => {
            let mut path = path(refr)?;
            path.push(field.to_string());
            Some(path)
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut path = path(refr)?;
            if let Expr::String { value: Value::String(field), .. } = index.as_ref() {
                path.push(field.to_string());
            }
            Some(path)
        }
        _ => None,
    }
}

/// Where a term begins; the interpreter's own span of a call begins at its bracket.
pub(in crate::audit) fn start(term: &Expr) -> &Span {
    match term {
        Expr::Call { fcn, .. } => match fcn.as_ref() {
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => start(refr),
            name => name.span(),
        },
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => start(refr),
        other => other.span(),
    }
}

/// The name of the function a term calls: `net.cidr_contains`.
pub(in crate::audit) fn called(term: &Expr) -> Option<(String, &[ExprRef])> {
    let Expr::Call { fcn, params, .. } = term else { return None };
    Some((path(fcn)?.join("."), params.as_slice()))
}

/// The names that a rule gives a value itself: arguments, `some`, `every`, `:=`, unification and open indices.
pub(in crate::audit) fn locals(rule: &Rule) -> BTreeSet<String> {
    let mut locals = BTreeSet::new();
    if let Rule::Spec { head: RuleHead::Func { args, .. }, .. } | Rule::Default { args, .. } = rule {
        patterns(args, &mut locals);
    }
    walk(rule, &mut |node| match node {
        Node::Statement(statement) => declared(statement, &mut locals),
        Node::Expression(Expr::AssignExpr { op, lhs, rhs, .. }) => {
            pattern(lhs, &mut locals);
            if *op == AssignOp::Eq {
                pattern(rhs, &mut locals);
            }
        }
        Node::Expression(Expr::RefBrack { index, .. }) => pattern(index, &mut locals),
        Node::Expression(term) => {
            // The last argument of a relation, or one more than a function takes, receives the result.
            if let Some((name, arguments)) = called(term)
                && let Some(arity) = builtin::arity(&name)
                && (name == "walk" || arguments.len() > arity)
                && let Some(result) = arguments.last()
            {
                pattern(result, &mut locals);
            }
        }
    });
    locals
}

fn declared(statement: &LiteralStmt, locals: &mut BTreeSet<String>) {
    match &statement.literal {
        Literal::SomeVars { vars, .. } => locals.extend(vars.iter().map(|name| name.text().to_owned())),
        Literal::SomeIn { key, value, .. } => {
            patterns(key, locals);
            pattern(value, locals);
        }
        Literal::Every { key, value, .. } => {
            locals.extend(key.iter().chain([value]).map(|name| name.text().to_owned()));
        }
        Literal::Expr { .. } | Literal::NotExpr { .. } => {}
    }
}

fn patterns<'t>(terms: impl IntoIterator<Item = &'t ExprRef>, locals: &mut BTreeSet<String>) {
    for term in terms {
        pattern(term, locals);
    }
}

/// The names in a pattern: `[a, {"k": b}]` gives a value to `a` and `b`.
fn pattern(term: &ExprRef, locals: &mut BTreeSet<String>) {
    match term.as_ref() {
        Expr::Var { value: Value::String(name), .. } => {
            locals.insert(name.to_string());
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => patterns(items, locals),
        Expr::Object { fields, .. } => patterns(fields.iter().map(|(_, _, value)| value), locals),
        _ => {}
    }
}
