#!/bin/sh
# A walk through the sample organization. XGRAPH names another xgraph than the one in .venv.
set -eu
cd "$(dirname "$0")/.."
XGRAPH=${XGRAPH:-.venv/bin/xgraph}
ACME=examples/acme/snapshot

cat <<'STORY'

Acme has seven accounts: management, security, shared-services, ci, dev, prod and data. Its OUs carry guardrails: an SCP
keeps dev out of the roles of prod and data, another keeps root users of workloads idle, an RCP keeps strangers out of
data. A vendor, Heliograph (500000000001), monitors prod from outside. Six questions, each with every chain that answers
it, and four of other kinds:
STORY

number=0
ask() {
    number=$((number + 1))
    printf '\n---- %s. %s\n' "$number" "$1"
    shift
    printf '\n$ %s paths --snapshot %s' "$XGRAPH" "$ACME"
    for word in "$@" --show-blocked; do printf ' %s' "$word"; done
    printf '\n\n'
    "$XGRAPH" paths --snapshot "$ACME" "$@" --show-blocked
}

also() {
    number=$((number + 1))
    printf '\n---- %s. %s\n' "$number" "$1"
    question=$2
    shift 2
    printf '\n$ %s %s --snapshot %s' "$XGRAPH" "$question" "$ACME"
    for word in "$@"; do printf ' %s' "$word"; done
    printf '\n\n'
    "$XGRAPH" "$question" --snapshot "$ACME" "$@"
}

ask "The orders service reads a table of the data account. How?" \
    --from arn:aws:iam::100000000006:role/orders-api \
    --to arn:aws:dynamodb:eu-central-1:100000000007:table/Orders --action dynamodb:GetItem

ask "Who in prod can read an invoice, through a bucket policy in another account?" \
    --from 100000000006 --to arn:aws:s3:::acme-invoices/2026/03.pdf --action s3:GetObject

ask "Can platform engineers get at the backups? Nobody ever granted that." \
    --from arn:aws:iam::100000000003:group/platform-engineers \
    --to arn:aws:s3:::acme-backups/2026-11-01.tar --action s3:GetObject

ask "What does a developer get of the orders? An SCP at the Dev OU should stop that." \
    --from arn:aws:iam::100000000005:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_ff76b26ff0eee6bf \
    --to arn:aws:dynamodb:eu-central-1:100000000007:table/Orders --action dynamodb:GetItem

ask "What does the vendor need to read a queue of prod?" \
    --from 500000000001 --to arn:aws:sqs:eu-central-1:100000000006:orders-events --action sqs:GetQueueAttributes

ask "Is an object of the partner dropbox open to everyone? Its ACL says so." \
    --from anonymous --to arn:aws:s3:::acme-partner-dropbox/press/logo.png --action s3:GetObject

also "Who can read an invoice, in one table?" \
    who-can s3:GetObject arn:aws:s3:::acme-invoices/2026/03.pdf

also "Why can't a developer read the orders, and what would have to change?" \
    explain --from arn:aws:iam::100000000005:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_ff76b26ff0eee6bf \
    --to arn:aws:dynamodb:eu-central-1:100000000007:table/Orders --action dynamodb:GetItem

also "What can the pipelines on GitHub and other strangers reach?" \
    exposure --to federated --to account

also "Which hops hold the ways from the vendor into prod together?" \
    chokepoints --from 500000000001 --to 100000000006

cat <<'NEXT'

The story, a map and more questions: examples/README.md. Your own accounts: xgraph collect --help, or xgraph import gaad --help.
NEXT
