/** Español. */
import type { Catalogue } from "./words";

export const es: Catalogue = {
  app: { title: "Editor de flujos", skip: "Ir al flujo", flows: "Todos los flujos", loading: "Cargando…", menu: "Ajustes", docs: "API" },
  theme: { label: "Colores", auto: "Como el sistema", light: "Claro", dark: "Oscuro", contrast: "Alto contraste" },
  language: { label: "Idioma", en: "English", es: "Español" },
  home: {
    title: "Flujos", lead: "Elija un flujo para cambiarlo o empiece uno nuevo.", search: "Buscar flujos", none: "Ningún flujo se llama así.",
    new: "Flujo nuevo", name: "¿Cómo se llama?", kind: "¿Qué hace?", create: "Crear", cancel: "Cancelar", problems_one: "{{count}} problema", problems_other: "{{count}} problemas",
    failed: "No se pueden leer los flujos: {{why}}", hello: "¡Hola! Ha llamado a {{name}}.",
    kinds: { ivr: "Contesta llamadas", chatbot: "Contesta mensajes", routing: "Decide quién atiende", outbound: "Llama o escribe a personas", library: "Lo llaman otros flujos" },
  },
  engine: { loading: "Preparando el editor…", failed: "No se puede cargar el motor del editor, así que aquí no se puede comprobar ni cambiar nada: {{why}}" },
  bar: {
    undo: "Deshacer", redo: "Rehacer", outline: "Esquema", text: "Texto", problems: "Problemas", trial: "Probar", history: "Historial", build: "Construir",
    save: "Guardar", tidy: "Ordenar", find: "Buscar", fit: "Mostrar todo", add: "Añadir un paso", command: "Órdenes", zoomIn: "Acercar", zoomOut: "Alejar", details: "Ajustes del paso",
  },
  saving: {
    saved: "Guardado", draft: "Aún sin guardar", saving: "Guardando…", offline: "Sin conexión; queda en este navegador", refused: "No guardado", mergedState: "Decida y guarde de nuevo",
    done: "Guardado.", merged: "Otra persona también guardó. Se conservan ambos cambios.", readOnly: "Este servidor no permite cambiar flujos; su borrador queda en este navegador.", draftFound: "Aquí está de nuevo lo que no había guardado.",
    conflict: "Otra persona cambió lo mismo. Ambas versiones están marcadas en el texto: decida y guarde de nuevo.",
  },
  canvas: {
    label: "Lienzo", help: "Las flechas recorren los caminos; Intro abre los ajustes; A añade un paso; C conecta una salida; Supr quita; ? muestra todas las teclas.",
    start: "Inicio", interrupts: "En cualquier momento", none: "Nada elegido", chosen: "{{name}}, {{type}}. {{exits}}", many_one: "{{count}} paso elegido", many_other: "{{count}} pasos elegidos",
    addTo: "Añadir un paso tras «{{exit}}» de {{name}}", falls: "va al camino de errores", ends: { end: "termina", hangup: "cuelga", return: "vuelve" },
    leads: "{{exit}} lleva a {{target}}", open: "{{exit}} no lleva a ninguna parte", stale: "El texto no se puede leer; este es el flujo como estaba.", empty: "Este flujo aún no tiene pasos.", problems_one: "{{count}} problema", problems_other: "{{count}} problemas",
    key: { title: "Teclas", close: "Cerrar" },
  },
  keys: {
    arrows: "Recorrer los caminos", enter: "Ajustes del paso", add: "Añadir un paso después", connect: "Conectar una salida", rename: "Cambiar el nombre", remove: "Quitar los pasos elegidos",
    copy: "Copiar, cortar y pegar pasos como YAML", undo: "Deshacer y rehacer", save: "Guardar", find: "Buscar un paso", command: "Todas las órdenes", all: "Elegir todos los pasos", help: "Esta lista",
  },
  pick: {
    add: "Añadir un paso", connect: "¿Adónde lleva «{{exit}}»?", find: "Buscar un paso", command: "Órdenes", search: "Buscar", none: "Nada se llama así.", results_one: "{{count}} resultado", results_other: "{{count}} resultados", newStep: "Un paso nuevo…", nowhere: "A ninguna parte",
    endings: { end: "Terminar la conversación", hangup: "Colgar", return: "Volver al flujo que llamó" },
  },
  families: { talk: "Hablar", logic: "Decidir", data: "Datos", understand: "Comprender", call: "Llamada", care: "Atención", outbound: "Salida", extend: "Propios" },
  outline: { label: "Esquema del flujo", interrupts: "En cualquier momento", loose: "Ningún camino llega aquí", to: "→ {{name}}", nowhere: "aún a ninguna parte", addAfter: "Añadir un paso después de {{name}}" },
  details: {
    label: "Ajustes", none: "Elija un paso para ver sus ajustes.", many: "{{count}} pasos elegidos.", name: "Nombre", nameHelp: "Cómo lo llaman otros pasos.", title: "Título", titleHelp: "Se muestra en lugar del nombre.",
    ways: "Adónde va", more: "Más ajustes", less: "Menos ajustes", remove: "Quitar el paso", copy: "Duplicar", start: "Empezar aquí", isStart: "La conversación empieza aquí.", add: "Añadir", addItem: "Añadir una entrada", removeItem: "Quitar {{name}}", up: "Subir", down: "Bajar",
    unset: "Sin valor", default: "Normalmente {{value}}", key: "Nombre", value: "Valor", item: "Entrada {{number}}", kind: "Clase", required: "necesario", byChannel: "Distinto por canal", parts: "Hecho de partes", plain: "Texto simple", badJson: "Esto no es JSON válido.",
    phrases: "Separe con comas", channelDefault: "En todos los demás", settings: "Flujo", flowTitle: "Título del flujo", flowDescription: "Descripción", variables: "Variables", addVariable: "Variable nueva", close: "Cerrar", on: "Sí", off: "No", part: "Parte", yaml: "como JSON",
  },
  exits: {
    next: "después", no_input: "no dijo nada", no_match: "no se entendió", error: "algo falló", timeout: "tardó demasiado", else: "si no", empty: "no se encontró nada", none: "no se encontró nada", start: "empieza con",
    hangup: "colgó", open: "abierto", closed: "cerrado", holiday: "festivo", no_answer: "no contestó", busy: "comunica", rejected: "rechazada", failed: "falló", answered: "contestada",
  },
  problems: { label: "Problemas", none: "Sin problemas. Este flujo puede publicarse.", error: "Error", warning: "Aviso", hint: "Sugerencia", line: "línea {{line}}", fix: "Arreglar", errors_one: "{{count}} error", errors_other: "{{count}} errores", others_one: "{{count}} sugerencia", others_other: "{{count}} sugerencias" },
  text: { label: "Texto del flujo", file: "Archivo", loading: "Cargando el texto…", format: "Dar formato" },
  trial: {
    label: "Probar", channel: "Canal", voice: "Teléfono", webchat: "Chat", messaging: "Mensajes", video: "Videollamada", locale: "Idioma", restart: "Empezar de nuevo", silence: "Callar", hangup: "Colgar", say: "Decir algo", write: "Escribir un mensaje", send: "Enviar", speak: "Decir",
    keypad: "Teclas del teléfono", back: "Un paso atrás", forth: "Un paso adelante", keep: "Guardar como prueba", keepName: "¿Qué muestra?", kept: "Guardado como {{name}}. Guarde para ponerlo en el servidor.", variables: "Variables", none: "Este flujo no tiene variables.", ended: "La conversación ha terminado: {{reason}}.", asks: "Se pregunta al servicio de «{{node}}». ¿Qué responde?", answer: "Responder", fails: "Falla", silent: "Nunca responde",
    now: "Ahora", clock: "Reloj de la prueba", transcript: "Conversación", youKeys: "pulsó {{keys}}", youSilence: "calló durante {{time}}", youHangup: "colgó", timer: "pasó el tiempo", result: "el servicio respondió", failed: "el servicio falló", connect: "Conecta con {{to}}", connected: "conexión: {{outcome}}", note: "Comunica: {{name}}", record: "Graba", recorded: "grabado", here: "Seguir desde aquí", inputs: "Entradas", mocks: "Respuestas de servicios", suggested: "Usar la respuesta de las pruebas", forget: "Preguntar de nuevo", cannot: "Aún no se puede probar: {{why}}", tests: "Ejecutar todas las pruebas", passed: "{{passed}} de {{all}} pruebas pasan", began: "Empieza la conversación", step: "Paso {{number}}", waits: "espera en {{node}}",
  },
  history: {
    label: "Historial", changes: "Qué cambia para las personas", draft: "Sus cambios desde que guardó", live: "Guardado, pero aún no publicado", none: "Nada cambia.", publish: "Publicar", note: "¿Qué hay de nuevo?", author: "Su nombre", publishing: "Publicando…", published: "Publicado como versión {{number}}.", versions: "Versiones", version: "Versión {{number}}", isLive: "publicada", canary: "{{percent}} % de los contactos", scheduled: "desde {{at}}", rollback: "Volver a esta versión", rolledBack: "La versión {{number}} está publicada de nuevo.", empty: "Aún no se ha publicado nada.", preview: "Qué haría publicar", same: "Lo guardado ya está publicado.", waiting: "Conversaciones que esperan ahora", differing: "Conversaciones recientes que irían por otro camino", unknown: "Este servidor no publica: {{why}}", saveFirst: "Guarde primero: solo se puede publicar lo guardado.", errors: "Hay que corregir los errores antes de publicar.", log: "Qué pasó", compared: "Se compararon {{count}} conversaciones recientes.", go: "Volver",
  },
};
