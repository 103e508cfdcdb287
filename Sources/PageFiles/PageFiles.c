#include "PageFiles.h"

// Where the compiler reads them from is written once for each file; a test holds the list to the folder.
static const unsigned char automation_js[] = {
#embed "../AutoServer/Page/automation.js"
};
static const unsigned char batchform_js[] = {
#embed "../AutoServer/Page/batchform.js"
};
static const unsigned char batches_js[] = {
#embed "../AutoServer/Page/batches.js"
};
static const unsigned char client_js[] = {
#embed "../AutoServer/Page/client.js"
};
static const unsigned char docs_html[] = {
#embed "../AutoServer/Page/docs.html"
};
static const unsigned char docs_js[] = {
#embed "../AutoServer/Page/docs.js"
};
static const unsigned char dom_js[] = {
#embed "../AutoServer/Page/dom.js"
};
static const unsigned char fields_js[] = {
#embed "../AutoServer/Page/fields.js"
};
static const unsigned char files_js[] = {
#embed "../AutoServer/Page/files.js"
};
static const unsigned char forms_js[] = {
#embed "../AutoServer/Page/forms.js"
};
static const unsigned char frame_js[] = {
#embed "../AutoServer/Page/frame.js"
};
static const unsigned char graph_js[] = {
#embed "../AutoServer/Page/graph.js"
};
static const unsigned char home_js[] = {
#embed "../AutoServer/Page/home.js"
};
static const unsigned char index_html[] = {
#embed "../AutoServer/Page/index.html"
};
static const unsigned char json_js[] = {
#embed "../AutoServer/Page/json.js"
};
static const unsigned char layers_js[] = {
#embed "../AutoServer/Page/layers.js"
};
static const unsigned char live_js[] = {
#embed "../AutoServer/Page/live.js"
};
static const unsigned char more_js[] = {
#embed "../AutoServer/Page/more.js"
};
static const unsigned char outcome_js[] = {
#embed "../AutoServer/Page/outcome.js"
};
static const unsigned char page_css[] = {
#embed "../AutoServer/Page/page.css"
};
static const unsigned char page_js[] = {
#embed "../AutoServer/Page/page.js"
};
static const unsigned char questions_js[] = {
#embed "../AutoServer/Page/questions.js"
};
static const unsigned char records_js[] = {
#embed "../AutoServer/Page/records.js"
};
static const unsigned char results_js[] = {
#embed "../AutoServer/Page/results.js"
};
static const unsigned char schemas_json[] = {
#embed "../AutoServer/Page/schemas.json"
};
static const unsigned char session_js[] = {
#embed "../AutoServer/Page/session.js"
};
static const unsigned char sessions_js[] = {
#embed "../AutoServer/Page/sessions.js"
};
static const unsigned char start_js[] = {
#embed "../AutoServer/Page/start.js"
};
static const unsigned char text_js[] = {
#embed "../AutoServer/Page/text.js"
};
static const unsigned char timeline_js[] = {
#embed "../AutoServer/Page/timeline.js"
};
static const unsigned char trace_js[] = {
#embed "../AutoServer/Page/trace.js"
};
static const unsigned char values_js[] = {
#embed "../AutoServer/Page/values.js"
};
static const unsigned char words_js[] = {
#embed "../AutoServer/Page/words.js"
};

#define FILE(name, bytes) {name, bytes, sizeof bytes}
static const page_file files[] = {
    FILE("automation.js", automation_js),
    FILE("batchform.js", batchform_js),
    FILE("batches.js", batches_js),
    FILE("client.js", client_js),
    FILE("docs.html", docs_html),
    FILE("docs.js", docs_js),
    FILE("dom.js", dom_js),
    FILE("fields.js", fields_js),
    FILE("files.js", files_js),
    FILE("forms.js", forms_js),
    FILE("frame.js", frame_js),
    FILE("graph.js", graph_js),
    FILE("home.js", home_js),
    FILE("index.html", index_html),
    FILE("json.js", json_js),
    FILE("layers.js", layers_js),
    FILE("live.js", live_js),
    FILE("more.js", more_js),
    FILE("outcome.js", outcome_js),
    FILE("page.css", page_css),
    FILE("page.js", page_js),
    FILE("questions.js", questions_js),
    FILE("records.js", records_js),
    FILE("results.js", results_js),
    FILE("schemas.json", schemas_json),
    FILE("session.js", session_js),
    FILE("sessions.js", sessions_js),
    FILE("start.js", start_js),
    FILE("text.js", text_js),
    FILE("timeline.js", timeline_js),
    FILE("trace.js", trace_js),
    FILE("values.js", values_js),
    FILE("words.js", words_js),
};

const page_file *page_files(size_t *count) {
    *count = sizeof files / sizeof files[0];
    return files;
}
